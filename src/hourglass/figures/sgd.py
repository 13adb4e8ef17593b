"""Loss of the ways of gradient descent, against what each of them costs."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hourglass.figures.style import COLOURS, MARKERS, STYLE
from hourglass.records import MethodFigures, Study, StudyCurves

Axis = Literal["passes", "updates", "seconds"]
Columns = Mapping[str, Sequence[float]]

LABELS: dict[Axis, str] = {
    "passes": "passes over the images (logarithmic)",
    "updates": "updates of the weights (logarithmic)",
    "seconds": "CPU seconds spent on updates (logarithmic)",
}


MEAN_IMAGE: dict[str, Any] = {"color": "0.5", "linestyle": "-.", "linewidth": 1}
TARGET: dict[str, Any] = {"color": "0.1", "linestyle": ":", "linewidth": 1.2}


def losses(study: Study, curves: StudyCurves, dataset: str) -> Figure:
    """Against passes and updates. The initial weights, at 0, are left out, as the axes are logarithmic."""
    return _panels(study, curves.methods, ["passes", "updates"], _title(dataset), _caption(study))


def losses_by_the_clock(
    study: Study, curves: StudyCurves, seconds: Mapping[str, Sequence[float]], dataset: str
) -> Figure:
    """Against CPU seconds, which are given for every measurement of each method."""
    timed = {name: {**columns, "seconds": seconds[name]} for name, columns in curves.methods.items()}
    caption = f"{_caption(study)}\nOne CPU thread; without the time of measuring. Differs from run to run."
    return _panels(study, timed, ["seconds"], _title(dataset), caption)


def _title(dataset: str) -> str:
    return f"{dataset}: the linear network under three kinds of gradient descent"


def _caption(study: Study) -> str:
    return (
        f"Same initial weights, same {study.images:,} training images in the same order; plain steps, no momentum."
        "\nEvery point is measured over the whole subset and the whole test set."
    )


def _by_legend(study: Study, methods: Mapping[str, Columns]) -> dict[str, Columns]:
    return {_in_words(name, study.methods[name]): columns for name, columns in methods.items()}


def _in_words(name: str, method: MethodFigures) -> str:
    """A method and what sets it apart."""
    images = "1 image" if method.batch_size == 1 else f"{method.batch_size:,} images"
    return f"{name}\n{images} a step,\nlearning rate {method.learning_rate:g}"


def _panels(study: Study, methods: Mapping[str, Columns], axes: Sequence[Axis], title: str, caption: str) -> Figure:
    """Loss on the subset (solid) and on the test set (dashed) of each way, once for each horizontal axis asked for."""
    ways = _by_legend(study, methods)
    with rc_context(STYLE):
        figure = Figure(figsize=(3.2 + 4.4 * len(axes), 4.8))
        panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
        for ax, axis in zip(panels, axes, strict=True):
            for number, columns in enumerate(ways.values()):
                _draw(ax, columns, axis, number)
            ax.axhline(study.mean_image_mse, **MEAN_IMAGE)
            ax.axhline(study.target_mse, **TARGET)
            ax.set(xlabel=LABELS[axis], xscale="log", yscale="log")
            ax.yaxis.set_major_formatter("{x:.2f}")
            ax.yaxis.set_minor_formatter("{x:.2f}")
            ax.grid(True, which="minor", axis="y", alpha=0.12)
        panels[0].set_ylabel("mean squared error per pixel, [0, 1]")
        figure.legend(handles=_legend(list(ways)), loc="outside right center", labelspacing=1)
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(caption, fontsize=9)
    return figure


def _draw(ax: Axes, columns: Columns, axis: Axis, number: int) -> None:
    for column, line in (("train_mse", "-"), ("test_mse", "--")):
        ax.plot(
            columns[axis][1:],
            columns[column][1:],
            line,
            color=COLOURS[number],
            marker=MARKERS[number] if column == "train_mse" else None,
            markersize=4,
            markevery=0.1,  # of the panel's diagonal: there are too many measurements to mark them all
            linewidth=1.4 if column == "train_mse" else 1,
        )


def _legend(names: Sequence[str]) -> list[Line2D]:
    ways = [
        Line2D([], [], color=COLOURS[number], marker=MARKERS[number], markersize=5, label=name)
        for number, name in enumerate(names)
    ]
    subset = Line2D([], [], color="0.3", linestyle="-", label="on the subset")
    test = Line2D([], [], color="0.3", linestyle="--", label="on the test set")
    levels = [
        Line2D([], [], label="the mean image,\nof the subset", **MEAN_IMAGE),
        Line2D([], [], label="target, on the subset", **TARGET),
    ]
    return [*ways, subset, test, *levels]
