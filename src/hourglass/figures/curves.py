"""Curves against epochs: losses, and how many images show their class."""

from collections.abc import Mapping
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from hourglass.figures.sheets import wrapped
from hourglass.figures.style import MARKERS, STYLE
from hourglass.palette import VARIANTS, of_variant
from hourglass.records import Curve

WIDTH = 9  # inches, of a figure with one set of curves
LINES: tuple[Any, ...] = ("-", (0, (7, 2)), (0, (2, 1.5)))  # of the first so many curves, the second, the third


def losses(training: Mapping[str, Curve], test: Mapping[str, Curve], title: str) -> Figure:
    """Training loss (left) and test loss (right) of variants against epochs, on one logarithmic scale.

    Curves are (epoch, mean squared error on [0, 1]) by variant; that of a closed form, its epoch 0, is a dashed line.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 4.8))
        axes = figure.subplots(1, 2, sharey=True, sharex=True)
        for ax, curves, name in zip(axes, (training, test), ("training", "test"), strict=True):
            _draw_all(ax, curves)
            ax.set(yscale="log", title=f"{name} loss")
            ax.grid(True, which="minor", alpha=0.12)
        axes[0].set_ylabel("mean squared error per pixel, [0, 1]")
        _legend(figure, axes[1])
        figure.suptitle(title, fontsize=11)
    return figure


def label_accuracy(curves: Mapping[str, Curve], title: str, caption: str) -> Figure:
    """In how many images the classifier sees their class, as variants learn; curves are (epoch, share) by variant."""
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 5))
        ax = figure.subplots()
        _draw_all(ax, curves)
        ax.set(ylabel="images in which the classifier sees their class", title=title)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        _legend(figure, ax)
        figure.supxlabel(wrapped(caption, WIDTH), fontsize=9)
    return figure


def _legend(figure: Figure, ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", handlelength=3.2)


def _draw_all(ax: Axes, curves: Mapping[str, Curve]) -> None:
    for number, (variant, curve) in enumerate(curves.items()):
        _draw(ax, variant, curve, number)
    ax.set_xlabel("epoch")


def look(number: int) -> dict[str, Any]:
    """Colour, line and marks of a curve. number: of the variant that it is of, from 0."""
    return {
        "color": of_variant(number),
        "linestyle": LINES[number // len(VARIANTS) % len(LINES)],
        "marker": MARKERS[number % len(MARKERS)],
    }


def _draw(ax: Axes, variant: str, curve: Curve, number: int) -> None:
    if curve and curve[0][0] == 0:
        ax.axhline(curve[0][1], color=of_variant(number), linestyle="--", label=variant)
        return
    epochs, values = [epoch for epoch, _ in curve], [value for _, value in curve]
    ax.plot(
        epochs,
        values,
        **look(number),
        markersize=4,
        markevery=max(1, len(curve) // 8),
        label=variant,
    )
