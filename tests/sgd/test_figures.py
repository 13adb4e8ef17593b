"""What a descent comes to, in figures."""

from dataclasses import replace

import pytest

from hourglass import sgd
from hourglass.sgd import Descent


def test_figures_of_known_curves(descents: dict[str, Descent]) -> None:
    found = sgd.figures(descents, target=0.4)
    assert [row.passes for row in found.values()] == [4, 5, 7]
    assert [row.updates for row in found.values()] == [400, 50, 7]
    assert [row.updates_per_pass for row in found.values()] == [100, 10, 1]
    assert [row.updates_to_target for row in found.values()] == [100, 20, 5]
    assert [row.passes_to_target for row in found.values()] == [1, 2, 5]
    assert [row.common_passes_train_mse for row in found.values()] == [0.1, 0.2, 0.5]  # after four
    assert [row.loss_rises for row in found.values()] == pytest.approx([0.05, 0, 0])  # mini-batch's comes later
    assert not [key for row in found.values() for key in row.model_dump() if "second" in key]


def test_figures_of_the_clock(descents: dict[str, Descent]) -> None:
    timed = sgd.timed_figures(descents, count=100, target=0.4)
    assert [row["seconds"] for row in timed.values()] == [20, 5, 3.5]
    assert [row["seconds_to_target"] for row in timed.values()] == [5, 2, 2.5]
    assert [row["images_per_second"] for row in timed.values()] == pytest.approx([20, 100, 200])
    assert [row["times_mini_batch"] for row in timed.values()] == pytest.approx([5, 1, 0.5])


def test_a_target_that_is_not_reached_has_no_figure(descents: dict[str, Descent]) -> None:
    found = sgd.figures(descents, target=0.15)
    assert [row.updates_to_target for row in found.values()] == [400, None, None]
    assert [row.passes_to_target for row in found.values()] == [4, None, None]
    timed = sgd.timed_figures(descents, 100, target=0.15)
    assert [name for name, row in timed.items() if "seconds_to_target" in row] == ["stochastic"]


def test_figures_say_how_each_way_went_and_ended(descents: dict[str, Descent]) -> None:
    row = sgd.figures(descents, 0.4)["mini-batch"]
    assert (row.batch_size, row.learning_rate) == (10, 0.1)
    assert (row.gradient_agreement_initial, row.gradient_agreement_trained) == (0.3, 0.6)
    assert (row.train_mse, row.test_mse) == pytest.approx((0.25, 0.26))


def test_a_rise_within_a_pass_counts_for_nothing(descents: dict[str, Descent]) -> None:
    first, *others = descents["mini-batch"].points
    within = replace(first, updates=1, passes=0.1, train_mse=5.0)
    descents["mini-batch"] = replace(descents["mini-batch"], points=[first, within, *others])
    assert sgd.figures(descents, 0.4)["mini-batch"].loss_rises == 0


def test_rises_of_the_test_loss_count_for_nothing(descents: dict[str, Descent]) -> None:
    restless = [replace(point, test_mse=0.5 * (n % 2)) for n, point in enumerate(descents["mini-batch"].points)]
    descents["mini-batch"] = replace(descents["mini-batch"], points=restless)
    assert sgd.figures(descents, 0.4)["mini-batch"].loss_rises == 0
