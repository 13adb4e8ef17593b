"""The losses of the ways of gradient descent, drawn from the records alone."""

from pathlib import Path

import numpy as np
import pytest
from tidy import assert_tidy

from hourglass.figures import sgd, style
from hourglass.records import MethodFigures, Study, StudyCurves

PASSES = [0.0, 0.5, 1.0, 2.0]
UPDATES = {"stochastic": [0, 1000, 2000, 4000], "mini-batch": [0, 10, 20, 40], "full-batch": [0, 1, 2, 3]}
CURVES = StudyCurves(
    {
        name: {
            "updates": updates,
            "passes": PASSES,
            "train_mse": [0.1 / (place + n + 1) for n in range(4)],
            "test_mse": [0.11 / (place + n + 1) for n in range(4)],
        }
        for place, (name, updates) in enumerate(UPDATES.items())
    }
)
SECONDS = {"stochastic": [0.0, 8.0, 16.0, 32.0], "mini-batch": [0.0, 1.0, 2.0, 4.0], "full-batch": [0.0, 0.1, 0.2, 0.4]}


def row(batch_size: int, learning_rate: float) -> MethodFigures:
    nothing = dict.fromkeys(MethodFigures.model_fields, 0)
    return MethodFigures.model_validate(nothing | {"batch_size": batch_size, "learning_rate": learning_rate})


STUDY = Study(
    images=2000,
    common_passes=2,
    mean_image_mse=0.09,
    target_mse=0.05,
    methods={"full-batch": row(2000, 10.0), "stochastic": row(1, 0.1), "mini-batch": row(128, 2.0)},
    findings=(),
)


def test_every_way_is_drawn_against_passes_and_updates() -> None:
    left, right = sgd.losses(STUDY, CURVES, "digits").axes
    assert (left.get_xlabel(), left.get_xscale()) == ("passes over the images (logarithmic)", "log")
    assert (right.get_xlabel(), right.get_xscale()) == ("updates of the weights (logarithmic)", "log")
    for number, columns in enumerate(CURVES.methods.values()):
        for ax, axis in ((left, "passes"), (right, "updates")):
            train, test = ax.lines[2 * number : 2 * number + 2]
            assert np.allclose(train.get_xydata(), np.column_stack([columns[axis], columns["train_mse"]])[1:])
            assert np.allclose(test.get_xydata(), np.column_stack([columns[axis], columns["test_mse"]])[1:])
            assert (train.get_linestyle(), test.get_linestyle()) == ("-", "--")
            assert train.get_color() == test.get_color() == style.COLOURS[number]


def test_the_mean_image_and_the_target_are_levels_in_every_panel() -> None:
    for ax in sgd.losses(STUDY, CURVES, "digits").axes:
        assert [list(line.get_ydata()) for line in ax.lines[6:]] == [[0.09, 0.09], [0.05, 0.05]]


def test_every_way_is_drawn_against_its_own_seconds() -> None:
    figure = sgd.losses_by_the_clock(STUDY, CURVES, SECONDS, "digits")
    (ax,) = figure.axes
    assert ax.get_xlabel().startswith("CPU seconds")
    for line, (name, columns) in zip(ax.lines[:6:2], CURVES.methods.items(), strict=True):
        assert np.allclose(line.get_xydata(), np.column_stack([SECONDS[name], columns["train_mse"]])[1:])
    assert "Differs from run to run" in figure.get_supxlabel()


def test_the_legend_says_what_sets_each_way_apart() -> None:
    texts = [text.get_text() for text in sgd.losses(STUDY, CURVES, "digits").legends[0].get_texts()]
    assert texts == [
        "stochastic\n1 image a step,\nlearning rate 0.1",
        "mini-batch\n128 images a step,\nlearning rate 2",
        "full-batch\n2,000 images a step,\nlearning rate 10",
        "on the subset",
        "on the test set",
        "the mean image,\nof the subset",
        "target, on the subset",
    ]


def test_title_and_caption_say_what_was_done() -> None:
    figure = sgd.losses(STUDY, CURVES, "digits")
    assert figure.get_suptitle() == "digits: the linear network under three kinds of gradient descent"
    assert "same 2,000 training images" in figure.get_supxlabel()
    assert "Differs from run to run" not in figure.get_supxlabel()


@pytest.mark.parametrize("which", ["losses", "seconds"])
def test_nothing_covers_anything_and_the_bytes_are_the_same_twice(tmp_path: Path, which: str) -> None:
    for number in range(2):
        timed = which == "seconds"
        figure = (
            sgd.losses_by_the_clock(STUDY, CURVES, SECONDS, "fashion_mnist")
            if timed
            else sgd.losses(STUDY, CURVES, "fashion_mnist")
        )
        style.save(figure, tmp_path / f"{number}.png")
        assert_tidy(figure)
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()
