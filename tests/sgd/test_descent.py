"""Steps, measurements and gradients of gradient descent."""

import math
from dataclasses import replace

import pytest
import torch
from shapes import IMAGE

from hourglass import models, sgd
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator
from hourglass.sgd import Method, Point, Split

NETWORK = {"latent": 3, "code": "relu", "output": "tanh", "encoder": {"dense": [16]}}
PASSES = 2


@pytest.fixture
def images(digits: Images) -> Split:
    return Split(digits.images[:50], digits.images[50:80])


def network(**changes: object) -> Autoencoder:
    model = models.build(NetworkSpec.model_validate({**NETWORK, **changes}), IMAGE, 0)
    assert isinstance(model, Autoencoder)
    return model


def descend(images: Split, method: Method, common: int = PASSES, seed: int = 0) -> list[Point]:
    """Return the measurements of a descent without their times."""
    points = sgd.descend(network(), images, method, common, "squared_error", seed)
    return [replace(point, seconds=0.0) for point in points]


@pytest.mark.parametrize(("loss", "code"), [("squared_error", "relu"), ("elbo", "gaussian")])
def test_every_batch_is_a_step_against_the_gradient_of_its_mean_loss(images: Split, loss: str, code: str) -> None:
    model, by_hand = network(code=code), network(code=code)
    list(sgd.descend(model, images, Method("mini-batch", 20, 0.001, 1), 1, loss, seed=0))
    sampling = generator(0, "sgd sampling")
    for indices in torch.randperm(50, generator=generator(0, "sgd shuffling")).split(20):  # the last batch is smaller
        batch = to_float(images.train[indices])
        value, _ = LOSSES[loss](by_hand, batch, batch, sampling)
        gradients = torch.autograd.grad(value, list(by_hand.parameters()))
        for parameter, gradient in zip(by_hand.parameters(), gradients, strict=True):
            parameter.data -= 0.001 * gradient
    for parameter, value in zip(model.parameters(), by_hand.parameters(), strict=True):
        torch.testing.assert_close(parameter, value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("batch_size", "updates"), [(1, 50), (16, 4), (50, 1)])
def test_a_pass_uses_every_image_once(images: Split, batch_size: int, updates: int) -> None:
    whole = [point for point in descend(images, Method("any", batch_size, 0.01, PASSES)) if point.whole]
    assert [(point.passes, point.updates) for point in whole] == [(n, n * updates) for n in range(PASSES + 1)]


def test_a_loss_that_is_not_finite_names_the_learning_rate(images: Split) -> None:
    model = network()
    model.decoder[-2].bias.data.fill_(math.nan)  # type: ignore[union-attr,operator]
    with pytest.raises(UserError, match=r"mini-batch .* after 0 updates; its learning rate in sgd_variants is 9"):
        list(sgd.descend(model, images, Method("mini-batch", 16, 9.0, 1), 1, "squared_error", seed=0))


def test_gradient_agreement_rises_with_the_batch_size_to_1(images: Split) -> None:
    values = [
        sgd.gradient_agreement(network(), images.train, size, "squared_error", seed=0) for size in (1, 10, 25, 50)
    ]
    assert values == sorted(values)
    assert values[0] < 0.99
    assert values[-1] == 1
