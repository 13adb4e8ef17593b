"""The comparison of gradient descent methods, on known measurements and on digits."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from hourglass import sgd
from hourglass.images import Images
from hourglass.models.spec import NetworkSpec
from hourglass.records import MethodResults, Study, StudyCurves
from hourglass.settings.params import LearningRates, PerKind, SgdVariants
from hourglass.settings.stage_configs import SgdConfig
from hourglass.sgd import Method, Outcome, Point, Split
from hourglass.sgd.study import describe, method_results

PASSES = 3
LOSSES = {
    "stochastic": [0.9, 0.3, 0.2, 0.25, 0.1],
    "mini-batch": [0.9, 0.6, 0.4, 0.3, 0.2, 0.25],
    "full-batch": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2],
}
BATCH_SIZES = {"stochastic": 1, "mini-batch": 10, "full-batch": 100}


def points(name: str) -> list[Point]:
    updates = 100 // BATCH_SIZES[name]
    return [Point(n * updates, float(n), loss, loss + 0.01, float(n)) for n, loss in enumerate(LOSSES[name])]


def results(target: float) -> dict[str, MethodResults]:
    methods = {name: Method(name, BATCH_SIZES[name], 0.1, len(losses) - 1) for name, losses in LOSSES.items()}
    return {
        name: method_results(of, points(name), [0.3, 0.6], 4, target, 10**6 * of.batch_size)
        for name, of in methods.items()
    }


@pytest.fixture(scope="module")
def outcome(digits: Images) -> Outcome:
    variants = SgdVariants[LearningRates](
        images=50,
        passes=PerKind[int](stochastic=PASSES, mini_batch=5, full_batch=10),
        target=0.9,
        batch_size=16,
        learning_rate=LearningRates(stochastic=0.1, mini_batch=0.5, full_batch=1.0),
    )
    network = NetworkSpec.model_validate({"latent": 3, "output": "tanh", "encoder": {"dense": [16]}})
    config = SgdConfig(seed=1, dataset="digits", network=network, loss="squared_error", sgd=variants, libraries={})
    split = Split(digits.images[:80], digits.images[80:110])
    return sgd.study(config, split, lambda *_: nullcontext(lambda point: None))


def test_results_of_known_measurements() -> None:
    rows = results(target=0.4).values()
    assert [row.updates for row in rows] == [400, 50, 7]
    assert [row.updates_to_target for row in rows] == [100, 20, 5]
    assert [row.passes_to_target for row in rows] == [1, 2, 5]
    assert [row.common_passes_train_mse for row in rows] == [0.1, 0.2, 0.5]
    assert [row.loss_rises for row in rows] == pytest.approx([0.05, 0.05, 0])
    row = results(target=0.4)["mini-batch"]
    assert (row.train_mse, row.test_mse) == pytest.approx((0.25, 0.26))
    assert (row.gradient_agreement_initial, row.gradient_agreement_trained) == (0.3, 0.6)


def test_a_target_that_is_not_reached_has_no_value() -> None:
    rows = results(target=0.15)
    assert [row.updates_to_target for row in rows.values()] == [400, None, None]
    basis, *_, every = describe(rows, 100, 0.5)
    assert "does not reach the target, and ends after 7 passes (7 updates) with a loss of 0.2000" in every
    assert "it is reached by stochastic only." in basis


def test_all_methods_start_from_the_same_weights_and_reduce_the_loss(outcome: Outcome) -> None:
    curves = outcome.curves.methods.values()
    assert len({(columns["train_mse"][0], columns["test_mse"][0]) for columns in curves}) == 1
    assert all(columns["train_mse"][-1] < columns["train_mse"][0] for columns in curves)
    assert [row.updates for row in outcome.study.methods.values()] == [50 * PASSES, 4 * 5, 10]
    adds = 2 * (784 * 16 + 16 * 3)  # of one image
    assert [row.multiply_adds_per_update for row in outcome.study.methods.values()] == [adds, 16 * adds, 50 * adds]


def test_records_and_curves_survive_saving(outcome: Outcome, tmp_path: Path) -> None:
    outcome.study.save(tmp_path / "sgd-variants.json")
    assert Study.load(tmp_path / "sgd-variants.json") == outcome.study
    outcome.curves.save(tmp_path / "sgd-variants.csv")
    assert StudyCurves.load(tmp_path / "sgd-variants.csv") == outcome.curves
