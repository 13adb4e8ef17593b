"""Test that the methods start alike, see the same images, and differ in nothing but batch size and learning rate."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from hourglass import models, sgd
from hourglass.errors import UserError
from hourglass.images import Images, mean_pixel
from hourglass.models.spec import NetworkSpec
from hourglass.records import Study, StudyCurves
from hourglass.records.sgd import COLUMNS
from hourglass.settings.params import LearningRates, Passes, SgdVariants
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd import Method, Outcome, Point, Split
from hourglass.sgd.study import describe, method_results

PASSES = 3
NETWORK = NetworkSpec.model_validate({"latent": 3, "code": "relu", "output": "tanh", "encoder": {"dense": [16]}})
METHODS = [Method("stochastic", 1, 0.1, PASSES), Method("mini-batch", 16, 0.5, 5), Method("full-batch", 50, 1.0, 40)]


def config(seed: int = 1, images: int = 50, rate: float = 0.5) -> SgdConfig:
    rates = LearningRates(stochastic=0.1, mini_batch=rate, full_batch=1.0)
    passes = Passes(stochastic=PASSES, mini_batch=5, full_batch=40)
    spec = SgdVariants(images=images, passes=passes, target=0.9, batch_size=16, learning_rate=rates)
    return SgdConfig(seed=seed, dataset="digits", network=NETWORK, loss="squared_error", sgd=spec, libraries={})


@pytest.fixture(scope="module")
def images(digits: Images) -> Split:
    return Split(digits.images[:80], digits.images[80:110])


@pytest.fixture(scope="module")
def outcome(images: Split) -> Outcome:
    return sgd.study(config(), images)


def initial(images: torch.Tensor) -> models.Autoencoder:
    model = models.build(NETWORK, 1)
    assert isinstance(model, models.Autoencoder)
    model.initialise_output(mean_pixel(images))
    return model


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_each_method_descends_on_the_subset_from_the_initial_weights_of_the_seed(
    outcome: Outcome, images: Split, method: Method
) -> None:
    split = Split(sgd.subset(images.train, 50, seed=1), images.test)
    start, model = initial(split.train), initial(split.train)
    trained = initial(split.train)
    with sgd.one_thread():
        points = list(sgd.descend(model, split, method, PASSES, "squared_error", seed=1))
        list(sgd.descend(trained, split, METHODS[1], PASSES, "squared_error", seed=1))
        agreement = [
            sgd.gradient_agreement(weights, split.train, method.batch_size, "squared_error", seed=1)
            for weights in (start, trained)
        ]
    for column in COLUMNS:
        assert outcome.curves.methods[method.name][column] == [getattr(point, column) for point in points]
    target = outcome.study.target_mse
    assert outcome.study.methods[method.name] == method_results(method, points, agreement, PASSES, target)
    assert len(outcome.timing.seconds[method.name]) == len(points)


def test_the_target_is_relative_to_the_mean_image(outcome: Outcome, images: Split) -> None:
    pixels = sgd.subset(images.train, 50, seed=1).double() / 255
    assert outcome.study.mean_image_mse == pytest.approx((pixels - pixels.mean(dim=0)).square().mean().item(), rel=1e-6)
    assert outcome.study.target_mse == pytest.approx(0.9 * outcome.study.mean_image_mse)


def test_another_seed_gives_another_subset(images: Split, outcome: Outcome) -> None:
    other = sgd.study(config(seed=2), images)
    first, second = (one.curves.methods["full-batch"]["train_mse"] for one in (outcome, other))
    assert first != second


def test_results_of_known_curves() -> None:
    losses = [0.9, 0.6, 0.4, 0.3, 0.35, 0.2]
    points = [Point(10 * n, float(n), loss, loss + 0.01, float(n)) for n, loss in enumerate(losses)]
    points.insert(1, Point(1, 0.1, 5.0, 5.0, 0.1))  # rises within a pass do not count
    row = method_results(Method("mini-batch", 10, 0.1, 5), points, [0.3, 0.6], common=4, target=0.4)
    assert (row.updates, row.train_mse, row.test_mse) == pytest.approx((50, 0.2, 0.21))
    assert (row.updates_to_target, row.passes_to_target) == (20, 2)
    assert row.common_passes_train_mse == 0.35
    assert row.loss_rises == pytest.approx(0.05)
    assert (row.gradient_agreement_initial, row.gradient_agreement_trained) == (0.3, 0.6)
    never = method_results(Method("mini-batch", 10, 0.1, 5), points, [0.3, 0.6], common=4, target=0.1)
    assert never.updates_to_target is never.passes_to_target is None


def test_sentences_contain_the_values_of_every_method(outcome: Outcome) -> None:
    _, *sentences = outcome.study.results
    for sentence, row in zip(sentences, outcome.study.methods.values(), strict=True):
        assert "But " in sentence  # an advantage, then a disadvantage
        reached = f"{row.updates_to_target:,} updates" if row.updates_to_target else "does not reach the target"
        assert reached in sentence
    unreached = {
        name: row.model_copy(update={"updates_to_target": None, "passes_to_target": None})
        for name, row in outcome.study.methods.items()
    }
    assert all("does not reach the target" in sentence for sentence in describe(unreached, 50, 0.9)[1:])


def test_records_are_read_back_without_seconds(outcome: Outcome, tmp_path: Path) -> None:
    outcome.study.save(tmp_path / "study.json")
    outcome.curves.save(tmp_path / "curves.csv")
    assert Study.load(tmp_path / "study.json") == outcome.study
    assert StudyCurves.load(tmp_path / "curves.csv") == outcome.curves
    assert "seconds" not in (tmp_path / "study.json").read_text() + (tmp_path / "curves.csv").read_text()


def test_points_are_followed_on_one_thread(images: Split) -> None:
    calls: list[object] = []

    @contextmanager
    def follow(method: Method, count: int) -> Iterator[Callable[[Point], None]]:
        calls.append((method.name, count, torch.get_num_threads()))
        yield calls.append
        calls.append("closed")

    outcome = sgd.study(config(images=1000), Split(images.train[:20], images.test), follow)
    expected: list[object] = []
    for name, columns in outcome.curves.methods.items():
        points = zip(*columns.values(), outcome.timing.seconds[name], strict=True)
        expected += [(name, 20, 1), *(Point(*cells) for cells in points), "closed"]  # type: ignore[arg-type]
    assert calls == expected
    assert outcome.study.methods["full-batch"].batch_size == 20


def test_divergence_is_reported_where_the_method_is_followed(images: Split) -> None:
    failed = []

    @contextmanager
    def follow(method: Method, count: int) -> Iterator[Callable[[Point], None]]:
        try:
            yield lambda point: None
        except UserError:
            failed.append(method.name)
            raise

    unbounded = NETWORK.model_copy(update={"code": "none", "activation": "none"})
    with pytest.raises(UserError, match=r"sgd_variants\.learning_rate\.mini_batch is 1e\+38, try a smaller value"):
        sgd.study(config(rate=1e38).model_copy(update={"network": unbounded}), images, follow)
    assert failed == ["mini-batch"]
