"""Three kinds of gradient descent: what a step is, how many there are, and that the sentences follow the figures."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from hourglass import models, sgd
from hourglass.settings import params
from hourglass.data import Images, as_input
from hourglass.errors import UserError
from hourglass.models import Autoencoder
from hourglass.randomness import generator
from hourglass.sgd import Descent, Method, Point, Split
from hourglass.settings.network import NetworkSpec
from stages import sgd_variants as stage

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


def test_a_full_batch_step_goes_against_the_gradient_of_the_mean_loss_worked_out_by_hand(images: Split) -> None:
    # one dense layer each way and no activation, so that the chain rule fits here
    spec = NetworkSpec.model_validate({"latent": 2, "activation": "none", "output": "tanh", "encoder": {}})
    model = models.build(spec, 0)
    encoder, decoder = model.encoder[-2], model.decoder[-2]
    x = as_input(images.train).flatten(1).double() * 2 - 1  # the network's own range
    a, b, c, d = (part.detach().double() for part in (encoder.weight, encoder.bias, decoder.weight, decoder.bias))
    code = x @ a.T + b
    y = torch.tanh(code @ c.T + d)
    back = 2 * (y - x) / x.numel() * (1 - y.square())
    expected = [a - 0.5 * (back @ c).T @ x, b - 0.5 * (back @ c).sum(0), c - 0.5 * back.T @ code, d - 0.5 * back.sum(0)]
    list(sgd.descend(model, images, Method("full-batch", 50, 0.5), 1, seed=0))
    for found, by_hand in zip((encoder.weight, encoder.bias, decoder.weight, decoder.bias), expected, strict=True):
        torch.testing.assert_close(found.detach().double(), by_hand, rtol=1e-4, atol=1e-7)


def test_a_mini_batch_of_all_images_is_full_batch(images: Split) -> None:
    rates = params.LearningRates(stochastic=0.1, mini_batch=0.5, full_batch=0.5)
    settings = params.SgdVariants(images=50, passes=PASSES, batch_size=1000, learning_rate=rates)
    _, mini, full = sgd.methods(settings, 50)
    assert mini.batch_size == full.batch_size == 50
    first = untimed(list(sgd.descend(fresh(), images, mini, PASSES, seed=0)))
    assert first == untimed(list(sgd.descend(fresh(), images, full, PASSES, seed=0)))


@pytest.mark.parametrize(("batch_size", "updates"), [(1, 50), (16, 4), (25, 2), (50, 1)])
def test_a_pass_is_every_image_once(images: Split, batch_size: int, updates: int) -> None:
    points = list(sgd.descend(fresh(), images, Method("any", batch_size, 0.01), PASSES, seed=0))
    whole = [point for point in points if point.passes.is_integer()]
    assert [(point.passes, point.updates) for point in whole] == [(n, n * updates) for n in range(PASSES + 1)]
    within = [point for point in points if point not in whole]
    assert [point.updates for point in within] == [n for n in (1, 2, 4, 8, 16, 32) if n < updates]
    assert [point.passes for point in within] == [point.updates * batch_size / 50 for point in within]
    assert all(before.seconds <= after.seconds for before, after in pairwise(points))


def test_a_last_batch_that_is_smaller_counts_by_its_own_mean(images: Split) -> None:
    model = fresh()
    few = Split(images.train[:3], images.test)
    list(sgd.descend(model, few, Method("mini-batch", 2, 0.1), 1, seed=0))
    by_hand = fresh()
    order = torch.randperm(3, generator=generator(0, "sgd shuffling"))
    for chosen in (order[:2], order[2:]):
        batch = as_input(few.train[chosen])
        loss = (2 * by_hand(batch) - 2 * batch).square().mean()
        for parameter, gradient in zip(
            by_hand.parameters(), torch.autograd.grad(loss, list(by_hand.parameters())), strict=True
        ):
            parameter.data -= 0.1 * gradient
    torch.testing.assert_close(weights(model), weights(by_hand), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("batch_size", [1, 16])
def test_the_same_seed_gives_the_same_descent_and_another_seed_another(images: Split, batch_size: int) -> None:
    method = Method("any", batch_size, 0.1)
    one, two, other = (untimed(list(sgd.descend(fresh(), images, method, PASSES, seed))) for seed in (0, 0, 1))
    assert one == two
    assert one != other


def test_all_images_at_once_have_no_order(images: Split) -> None:
    method = Method("full-batch", 50, 0.1)
    one, other = (list(sgd.descend(fresh(), images, method, PASSES, seed)) for seed in (0, 1))
    assert [point.train_mse for point in one] == pytest.approx([point.train_mse for point in other], rel=1e-6)


def test_every_loss_is_that_of_all_images(images: Split) -> None:
    model = fresh()
    last = list(sgd.descend(model, images, Method("mini-batch", 16, 0.1), PASSES, seed=0))[-1]
    with torch.no_grad():
        for part, found in ((images.train, last.train_mse), (images.test, last.test_mse)):
            batch = as_input(part)
            assert found == pytest.approx((model(batch) - batch).square().mean().item(), rel=1e-5)


def test_a_descent_that_diverges_names_its_learning_rate(images: Split) -> None:
    model = fresh()
    model.decoder[-2].bias.data.fill_(float("nan"))
    with pytest.raises(UserError, match=r"mini-batch .* after 0 updates; sgd_variants\.learning_rate\.mini_batch is 9"):
        list(sgd.descend(model, images, Method("mini-batch", 16, 9.0), 1, seed=0))


def test_the_subset_is_fixed_without_repeats_and_all_there_is_where_there_are_fewer(digits: Images) -> None:
    numbered = torch.arange(100).byte().view(100, 1, 1).expand(100, 28, 28)
    chosen = sgd.subset(numbered, 30, seed=0)[:, 0, 0]
    assert len(chosen.unique()) == 30
    assert torch.equal(chosen, sgd.subset(numbered, 30, seed=0)[:, 0, 0])
    assert not torch.equal(chosen, sgd.subset(numbered, 30, seed=1)[:, 0, 0])
    assert sgd.subset(numbered, 1000, seed=0)[:, 0, 0].sort().values.equal(torch.arange(100).byte())


def test_larger_batches_have_truer_gradients(images: Split) -> None:
    agreements = [sgd.gradient_agreement(fresh(), images.train, size, seed=0) for size in (1, 10, 25, 50)]
    assert agreements == sorted(agreements)
    assert agreements[0] < 0.99
    assert agreements[-1] == 1


def test_one_thread_is_given_back() -> None:
    before = torch.get_num_threads()
    with sgd.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def descent(name: str, per_pass: int, losses: list[float], seconds: float, agreement: float) -> Descent:
    points = [Point(n * per_pass, float(n), loss, loss + 0.01, n * seconds) for n, loss in enumerate(losses)]
    return Descent(Method(name, 100 // per_pass, 0.1), points, agreement)


@pytest.fixture
def descents() -> dict[str, Descent]:
    return {
        "stochastic": descent("stochastic", 100, [0.9, 0.3, 0.2, 0.25, 0.1], 5.0, 0.1),
        "mini-batch": descent("mini-batch", 10, [0.9, 0.6, 0.4, 0.3, 0.2], 1.0, 0.6),
        "full-batch": descent("full-batch", 1, [0.9, 0.8, 0.7, 0.6, 0.5], 0.5, 1.0),
    }


def test_figures_of_known_curves(descents: dict[str, Descent]) -> None:
    found = sgd.figures(descents)
    assert {name: row["updates"] for name, row in found.items()} == {
        "stochastic": 400,
        "mini-batch": 40,
        "full-batch": 4,
    }
    assert [row["updates_to_common_loss"] for row in found.values()] == [100, 20, 4]  # until 0.5
    assert [row["passes_to_common_loss"] for row in found.values()] == [1, 2, 4]
    assert [row["loss_rises"] for row in found.values()] == pytest.approx([0.05, 0, 0])
    timed = sgd.timed_figures(descents, count=100)
    assert [row["seconds_to_common_loss"] for row in timed.values()] == [5, 2, 2]
    assert [row["images_per_second"] for row in timed.values()] == [20, 100, 200]
    assert not [key for row in found.values() for key in row if "second" in key]


def test_sentences_name_both_sides_of_each_way(descents: dict[str, Descent]) -> None:
    found = sgd.findings(sgd.figures(descents), 4)
    assert len(found) == 6
    good, bad = found[0], found[1]
    assert good == (
        "Over 4 passes, stochastic gradient descent has the advantage of the lowest training loss, 0.1000 against "
        "0.2000 (mini-batch) and 0.5000 (full-batch)."
    )
    assert "disadvantage of the highest number of updates to the loss that all three reach, 100 against 20" in bad
    assert "the highest sum of all rises of the training loss from pass to pass, 0.0500 against 0.0000" in bad
    assert (
        "mini-batch gradient descent has the disadvantage that it comes after stochastic in the training loss"
        in found[3]
    )
    assert "full-batch gradient descent has the disadvantage of the highest training loss, 0.5000" in found[5]


def test_sentences_turn_round_with_the_figures(descents: dict[str, Descent]) -> None:
    figures = sgd.figures(descents)
    figures["stochastic"], figures["full-batch"] = figures["full-batch"], figures["stochastic"]
    found = sgd.findings(figures, 4)
    assert "stochastic gradient descent has the disadvantage of the highest training loss, 0.5000" in found[1]
    assert "full-batch gradient descent has the advantage of the lowest training loss, 0.1000" in found[4]
    assert "the highest number of updates to the loss that all three reach, 100 against 4 (stochastic)" in found[5]


def test_nothing_is_said_where_nothing_differs(descents: dict[str, Descent]) -> None:
    row = sgd.figures(descents)["mini-batch"]
    found = sgd.findings(dict.fromkeys(descents, row), 4)
    assert found[0] == "Over 4 passes, stochastic gradient descent has no advantage in these figures."
    assert found[5] == "Over 4 passes, full-batch gradient descent has no disadvantage in these figures."


def test_the_clock_has_sentences_of_its_own(descents: dict[str, Descent]) -> None:
    found = sgd.timed_findings(sgd.timed_figures(descents, count=100))
    assert "By the clock, stochastic gradient descent has no advantage in these figures." in found
    assert "full-batch gradient descent has the advantage of" in found[4]
    assert "the highest number of images per second, 200 against 20 (stochastic) and 100 (mini-batch)" in found[4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sgd_variants.passes": 1}, r"sgd_variants\.passes is 1, but .*or equal to 2"),
        ({"sgd_variants.images": 1}, r"sgd_variants\.images is 1, but .*or equal to 2"),
        ({"sgd_variants.learning_rate.stochastic": 0}, r"sgd_variants\.learning_rate\.stochastic is 0, but .*than 0"),
        ({"sgd_variants": "DELETE"}, "sgd_variants is missing"),
    ],
)
def test_settings_that_cannot_work_are_refused(
    changed_params: Callable[[dict[str, Any]], Path], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        params.load(changed_params(changes))


def test_without_the_linear_variant_there_is_one_sentence(changed_params: Callable[[dict[str, Any]], Path]) -> None:
    loaded = params.load(changed_params({"variants.linear": "DELETE"}))
    with pytest.raises(
        UserError, match=r"params.yaml has no variant 'linear', whose network .*; it has denoising, conv"
    ):
        stage.described_network(loaded)


def test_a_linear_variant_without_gradients_is_refused(changed_params: Callable[[dict[str, Any]], Path]) -> None:
    block = {"corruption": "none", "network": {"kind": "pca", "latent": 2}}
    loaded = params.load(changed_params({"variants.linear": block}))
    with pytest.raises(UserError, match=r"variants\.linear\.network is of kind pca"):
        stage.described_network(loaded)
