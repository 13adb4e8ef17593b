"""Test the steps of gradient descent, their number, and when they are evaluated."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch

from hourglass import models, sgd
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.randomness import generator
from hourglass.settings import params
from hourglass.sgd import Method, Point, Split

NETWORK = NetworkSpec.model_validate({"latent": 3, "code": "relu", "output": "tanh", "encoder": {"dense": [16]}})
PASSES = 3


@pytest.fixture
def images(digits: Images) -> Split:
    return Split(digits.images[:50], digits.images[50:80])


def fresh() -> Autoencoder:
    model = models.build(NETWORK, 0)
    assert isinstance(model, Autoencoder)
    return model


def weights(model: Autoencoder) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def untimed(points: list[Point]) -> list[Point]:
    return [replace(point, seconds=0.0) for point in points]


def test_a_full_batch_step_follows_the_gradient_of_the_mean_loss(images: Split) -> None:
    # one dense layer in encoder and decoder, without activation
    spec = NetworkSpec.model_validate({"latent": 2, "activation": "none", "output": "tanh", "encoder": {}})
    model = models.build(spec, 0)
    encoder, decoder = model.encoder[-2], model.decoder[-2]
    x = to_float(images.train).flatten(1).double() * 2 - 1  # the network's own range
    a, b, c, d = (part.detach().double() for part in (encoder.weight, encoder.bias, decoder.weight, decoder.bias))
    code = x @ a.T + b
    y = torch.tanh(code @ c.T + d)
    back = 2 * (y - x) / x.numel() * (1 - y.square())
    expected = [a - 0.5 * (back @ c).T @ x, b - 0.5 * (back @ c).sum(0), c - 0.5 * back.T @ code, d - 0.5 * back.sum(0)]
    list(sgd.descend(model, images, Method("full-batch", 50, 0.5, 1), 1, "squared_error", seed=0))
    for weight, by_hand in zip((encoder.weight, encoder.bias, decoder.weight, decoder.bias), expected, strict=True):
        torch.testing.assert_close(weight.detach().double(), by_hand, rtol=1e-4, atol=1e-7)


def test_a_mini_batch_of_all_images_is_full_batch(images: Split) -> None:
    rates = params.LearningRates(stochastic=0.1, mini_batch=0.5, full_batch=0.5)
    passes = params.Passes(stochastic=1, mini_batch=PASSES, full_batch=PASSES)
    settings = params.SgdVariants(images=50, passes=passes, target=0.5, batch_size=1000, learning_rate=rates)
    _, mini, full = sgd.methods(settings, 50)
    assert mini.batch_size == full.batch_size == 50
    first = untimed(list(sgd.descend(fresh(), images, mini, PASSES, "squared_error", seed=0)))
    assert first == untimed(list(sgd.descend(fresh(), images, full, PASSES, "squared_error", seed=0)))


@pytest.mark.parametrize(("batch_size", "updates"), [(1, 50), (16, 4), (25, 2), (50, 1)])
def test_a_pass_is_every_image_once(images: Split, batch_size: int, updates: int) -> None:
    points = list(
        sgd.descend(fresh(), images, Method("any", batch_size, 0.01, PASSES), PASSES, "squared_error", seed=0)
    )
    whole = [point for point in points if point.passes.is_integer()]
    assert [(point.passes, point.updates) for point in whole] == [(n, n * updates) for n in range(PASSES + 1)]
    within = [point for point in points if point not in whole]
    assert [point.passes for point in within if point.passes < 1] == [
        point.updates * batch_size / 50 for point in within if point.passes < 1
    ]
    assert all(before.seconds <= after.seconds for before, after in pairwise(points))


@pytest.mark.parametrize(("batch_size", "common"), [(1, 1), (1, 3), (50, 1)])
def test_evaluations_are_one_update_or_seven_percent_apart(images: Split, batch_size: int, common: int) -> None:
    passes = 60 if batch_size == 50 else 4
    method = Method("any", batch_size, 0.01, passes)
    points = list(sgd.descend(fresh(), images, method, common, "squared_error", seed=0))
    updates = [point.updates for point in points]
    assert updates[:15] == list(range(15))  # from 15 updates on, 7 % are more than one
    assert all(after <= max(before + 1, math.ceil(1.07 * before)) for before, after in pairwise(updates))
    assert len(updates) < 70
    whole = {point.passes for point in points if point.passes.is_integer()}
    assert whole >= {0.0, *map(float, range(1, common + 1)), float(passes)}


@pytest.mark.parametrize("batch_size", [1, 50])
def test_seconds_include_updates_and_exclude_evaluations(
    images: Split, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock ticks once per gradient."""
    ticks: list[None] = []
    loss = LOSSES["squared_error"]

    def ticking(*arguments: Any) -> Any:
        ticks.append(None)
        return loss(*arguments)

    monkeypatch.setitem(LOSSES, "squared_error", ticking)
    monkeypatch.setattr("time.thread_time", lambda: float(len(ticks)))
    for point in sgd.descend(fresh(), images, Method("any", batch_size, 0.01, 30), 2, "squared_error", seed=0):
        assert point.seconds == point.updates


def test_a_smaller_last_batch_uses_its_mean_loss(images: Split) -> None:
    model = fresh()
    few = Split(images.train[:3], images.test)
    list(sgd.descend(model, few, Method("mini-batch", 2, 0.1, 1), 1, "squared_error", seed=0))
    by_hand = fresh()
    order = torch.randperm(3, generator=generator(0, "sgd shuffling"))
    for chosen in (order[:2], order[2:]):
        batch = to_float(few.train[chosen])
        loss = (2 * by_hand(batch) - 2 * batch).square().mean()
        for parameter, gradient in zip(
            by_hand.parameters(), torch.autograd.grad(loss, list(by_hand.parameters())), strict=True
        ):
            parameter.data -= 0.1 * gradient
    torch.testing.assert_close(weights(model), weights(by_hand), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("batch_size", [1, 16])
def test_descents_follow_the_seed(images: Split, batch_size: int) -> None:
    method = Method("any", batch_size, 0.1, PASSES)
    one, two, other = (
        untimed(list(sgd.descend(fresh(), images, method, PASSES, "squared_error", seed))) for seed in (0, 0, 1)
    )
    assert one == two
    assert one != other


def test_full_batch_descent_does_not_depend_on_the_order(images: Split) -> None:
    method = Method("full-batch", 50, 0.1, PASSES)
    one, other = (list(sgd.descend(fresh(), images, method, PASSES, "squared_error", seed)) for seed in (0, 1))
    assert [point.train_mse for point in one] == pytest.approx([point.train_mse for point in other], rel=1e-6)


def test_errors_are_over_all_images(images: Split) -> None:
    model = fresh()
    last = list(sgd.descend(model, images, Method("mini-batch", 16, 0.1, PASSES), PASSES, "squared_error", seed=0))[-1]
    with torch.no_grad():
        for part, mse in ((images.train, last.train_mse), (images.test, last.test_mse)):
            batch = to_float(part)
            assert mse == pytest.approx((model(batch) - batch).square().mean().item(), rel=1e-5)


def test_divergence_is_reported_with_the_learning_rate(images: Split) -> None:
    model = fresh()
    model.decoder[-2].bias.data.fill_(float("nan"))
    with pytest.raises(UserError, match=r"mini-batch .* after 0 updates; sgd_variants\.learning_rate\.mini_batch is 9"):
        list(sgd.descend(model, images, Method("mini-batch", 16, 9.0, 1), 1, "squared_error", seed=0))


def test_the_subset_is_drawn_without_replacement(digits: Images) -> None:
    numbered = torch.arange(100).byte().view(100, 1, 1).expand(100, 28, 28)
    chosen = sgd.subset(numbered, 30, seed=0)[:, 0, 0]
    assert len(chosen.unique()) == 30
    assert torch.equal(chosen, sgd.subset(numbered, 30, seed=0)[:, 0, 0])
    assert not torch.equal(chosen, sgd.subset(numbered, 30, seed=1)[:, 0, 0])
    assert sgd.subset(numbered, 1000, seed=0)[:, 0, 0].sort().values.equal(torch.arange(100).byte())


def test_gradients_of_larger_batches_agree_better(images: Split) -> None:
    agreements = [
        sgd.gradient_agreement(fresh(), images.train, size, "squared_error", seed=0) for size in (1, 10, 25, 50)
    ]
    assert agreements == sorted(agreements)
    assert agreements[0] < 0.99
    assert agreements[-1] == 1


def test_the_number_of_threads_is_restored() -> None:
    before = torch.get_num_threads()
    with sgd.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("batch_size", [10, 50])
def test_other_losses_are_minimised(images: Split, batch_size: int) -> None:
    spec = NetworkSpec.model_validate(NETWORK.model_dump() | {"code": "gaussian"})
    model, by_hand = (models.build(spec, 0) for _ in range(2))
    assert isinstance(model, Autoencoder)
    list(sgd.descend(model, images, Method("any", batch_size, 0.001, 1), 1, "elbo", seed=0))
    order = torch.randperm(50, generator=generator(0, "sgd shuffling"))
    sampling = generator(0, "sgd sampling")
    for chosen in order.split(batch_size):
        batch = to_float(images.train[chosen])
        value, _ = LOSSES["elbo"](by_hand, batch, batch, sampling)
        gradients = torch.autograd.grad(value, list(by_hand.parameters()))
        for parameter, gradient in zip(by_hand.parameters(), gradients, strict=True):
            parameter.data -= 0.001 * gradient
    torch.testing.assert_close(weights(model), weights(by_hand), rtol=1e-5, atol=1e-7)


def test_agreement_is_of_the_gradients_of_the_loss(images: Split) -> None:
    spec = NetworkSpec.model_validate(NETWORK.model_dump() | {"code": "gaussian"})
    model = models.build(spec, 0)
    assert isinstance(model, Autoencoder)
    parts: list[torch.Tensor] = []
    sampling = generator(0, "sgd sampling")
    halves = torch.randperm(50, generator=generator(0, "sgd gradients")).split(25)
    for chosen in (slice(None), *halves):
        batch = to_float(images.train[chosen])
        value, _ = LOSSES["elbo"](model, batch, batch, sampling)
        parts.append(torch.cat([part.flatten() for part in torch.autograd.grad(value, list(model.parameters()))]))
    whole, *of_halves = parts
    expected = torch.stack([torch.cosine_similarity(half, whole, dim=0) for half in of_halves]).mean().item()
    assert sgd.gradient_agreement(model, images.train, 25, "elbo", seed=0) == pytest.approx(expected, rel=1e-5)
    assert expected < 0.9999
