"""Steps, measurements and gradients of gradient descent."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from hourglass import models, sgd
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator
from hourglass.sgd import Method, Point, Split

NETWORK = {"latent": 3, "code": "relu", "output": "tanh", "encoder": {"dense": [16]}}
PASSES = 3


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


def test_a_full_batch_step_is_the_gradient_step_derived_by_hand(images: Split) -> None:
    # one dense layer each way without activation, so that the chain rule is short
    model = network(latent=2, code="none", activation="none", encoder={})
    encoder, decoder = model.encoder[-2], model.decoder[-2]
    parameters: list[Tensor] = [encoder.weight, encoder.bias, decoder.weight, decoder.bias]  # type: ignore[list-item]
    a, b, c, d = (part.detach().double() for part in parameters)
    x = to_float(images.train).flatten(1).double() * 2 - 1  # the network's own pixel range
    code = x @ a.T + b
    y = torch.tanh(code @ c.T + d)
    back = 2 * (y - x) / x.numel() * (1 - y.square())
    expected = [a - 0.5 * (back @ c).T @ x, b - 0.5 * (back @ c).sum(0), c - 0.5 * back.T @ code, d - 0.5 * back.sum(0)]
    list(sgd.descend(model, images, Method("full-batch", 50, 0.5, 1), 1, "squared_error", seed=0))
    for part, value in zip(parameters, expected, strict=True):
        torch.testing.assert_close(part.detach().double(), value, rtol=1e-4, atol=1e-7)


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


def test_updates_between_measurements_grow_by_seven_percent(images: Split) -> None:
    points = descend(images, Method("any", 1, 0.01, 4), common=2)
    updates = [point.updates for point in points]
    assert updates[:15] == list(range(15))  # from 15 updates on, 7 % are more than one
    assert all(after <= max(before + 1, math.ceil(1.07 * before)) for before, after in pairwise(updates))
    assert len(updates) < 70
    assert {point.passes for point in points if point.whole} >= {0, 1, 2, 4}


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
