"""What a descent comes to, in figures."""

from dataclasses import replace

import pytest

from hourglass import sgd
from hourglass.sgd import Descent


def test_figures_of_known_curves(descents: dict[str, Descent]) -> None:
    found = sgd.figures(descents)
    assert {name: row.updates for name, row in found.items()} == {
        "stochastic": 400,
        "mini-batch": 40,
        "full-batch": 4,
    }
    assert [row.updates_to_common_loss for row in found.values()] == [100, 20, 4]  # until 0.5
    assert [row.passes_to_common_loss for row in found.values()] == [1, 2, 4]
    assert [row.loss_rises for row in found.values()] == pytest.approx([0.05, 0, 0])
    timed = sgd.timed_figures(descents, count=100)
    assert [row["seconds_to_common_loss"] for row in timed.values()] == [5, 2, 2]
    assert [row["images_per_second"] for row in timed.values()] == [20, 100, 200]
    assert not [key for row in found.values() for key in row.model_dump() if "second" in key]


def test_figures_say_how_each_way_went_and_ended(descents: dict[str, Descent]) -> None:
    row = sgd.figures(descents)["mini-batch"]
    assert (row.batch_size, row.learning_rate, row.gradient_agreement) == (10, 0.1, 0.6)
    assert (row.train_mse, row.test_mse) == pytest.approx((0.2, 0.21))


def test_a_rise_within_a_pass_counts_for_nothing(descents: dict[str, Descent]) -> None:
    first, *others = descents["mini-batch"].points
    within = replace(first, updates=1, passes=0.1, train_mse=5.0)
    descents["mini-batch"] = replace(descents["mini-batch"], points=[first, within, *others])
    assert sgd.figures(descents)["mini-batch"].loss_rises == 0


def test_rises_of_the_test_loss_count_for_nothing(descents: dict[str, Descent]) -> None:
    restless = [replace(point, test_mse=0.5 * (n % 2)) for n, point in enumerate(descents["mini-batch"].points)]
    descents["mini-batch"] = replace(descents["mini-batch"], points=restless)
    assert sgd.figures(descents)["mini-batch"].loss_rises == 0
