"""Loss of the ways of gradient descent, against what each of them costs."""

from collections.abc import Mapping, Sequence
from typing import Literal

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from hourglass.figures.style import COLOURS, MARKERS, STYLE

Axis = Literal["passes", "updates", "seconds"]
Columns = Mapping[str, Sequence[float]]

LABELS: dict[Axis, str] = {
    "passes": "passes over the images",
    "updates": "updates of the weights (logarithmic)",
    "seconds": "CPU seconds spent on updates (logarithmic)",
}


def losses(ways: Mapping[str, Columns], axes: Sequence[Axis], title: str, caption: str) -> Figure:
    """Loss on the subset (solid) and on the test set (dashed) of each way, once for each horizontal axis asked for.

    ways: by name, the columns `passes`, `updates`, `seconds`, `train_mse` and `test_mse` (mean squared error on
    [0, 1]), those of them that are drawn. Where an axis is logarithmic, the initial weights, at 0, are left out.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(3.2 + 4.4 * len(axes), 4.8))
        panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
        for ax, axis in zip(panels, axes, strict=True):
            for number, columns in enumerate(ways.values()):
                _draw(ax, columns, axis, number)
            ax.set(xlabel=LABELS[axis], yscale="log", xscale="linear" if axis == "passes" else "log")
            if axis == "passes":
                ax.xaxis.set_major_locator(MaxNLocator(integer=True))
            ax.yaxis.set_major_formatter("{x:.2f}")
            ax.yaxis.set_minor_formatter("{x:.2f}")
            ax.grid(True, which="minor", axis="y", alpha=0.12)
        panels[0].set_ylabel("mean squared error per pixel, [0, 1]")
        figure.legend(handles=_legend(list(ways)), loc="outside right center", labelspacing=1)
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(caption, fontsize=9)
    return figure


def _draw(ax, columns: Columns, axis: Axis, number: int) -> None:  # type: ignore[no-untyped-def]
    first = 0 if axis == "passes" else 1
    for column, line in (("train_mse", "-"), ("test_mse", "--")):
        ax.plot(
            columns[axis][first:],
            columns[column][first:],
            line,
            color=COLOURS[number],
            marker=MARKERS[number] if column == "train_mse" else None,
            markersize=4,
            linewidth=1.4 if column == "train_mse" else 1,
        )


def _legend(names: Sequence[str]) -> list[Line2D]:
    ways = [
        Line2D([], [], color=COLOURS[number], marker=MARKERS[number], markersize=5, label=name)
        for number, name in enumerate(names)
    ]
    subset = Line2D([], [], color="0.3", linestyle="-", label="on the subset")
    test = Line2D([], [], color="0.3", linestyle="--", label="on the test set")
    return [*ways, subset, test]
