"""Maps of codes: points in the plane, coloured and marked by class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from hourglass.figures.sheets import canvas, wrapped
from hourglass.figures.style import COLOURS, MARKERS, STYLE
from hourglass.records import Organised

Positions = NDArray[np.float32]
Labels = NDArray[np.uint8]
AxisNames = tuple[str, str]

TSNE: AxisNames = ("t-SNE 1", "t-SNE 2")
CODE: AxisNames = ("code number 1", "code number 2")
A_ROW = 4  # small maps


@dataclass(frozen=True)
class Map:
    """Positions (N, 2) and labels (N,) of codes, a few words on them, and what the axes are."""

    positions: Positions
    labels: Labels
    note: str
    axes: AxisNames = TSNE


def statement(found: Organised, of: str, samples: int, size: int, classes: tuple[str, ...]) -> str:
    """How well a map of codes of `size` numbers is organised, in words. of: which `samples` images they are of."""
    least = found.least_told
    several = least.taken_for == least.label
    told = "the others taken for several" if several else f"mostly taken for {classes[least.taken_for]}"
    silhouette = f"{found.silhouette:.2f}".replace("-", "−")
    numbers = "1 number" if size == 1 else f"{size} numbers"
    return (
        f"Codes of {samples} {of}, {numbers} each. The ten nearest on the map tell the class of {found.map_knn:.0%}; "
        f"class {classes[least.label]} is told least ({least.share:.0%}, {told}). Silhouette of the classes "
        f"{silhouette} (1: islands far apart, 0: they overlap). Neighbourhoods of the code kept: trustworthiness "
        f"{found.trustworthiness:.3f} of 1."
    )


def class_map(
    positions: Positions,
    labels: Labels,
    classes: tuple[str, ...],
    title: str,
    caption: str,
    axes: AxisNames = TSNE,
) -> Figure:
    """A scatter plot of positions (N, 2), one colour and one mark a class, with the class names in the legend."""
    with rc_context(STYLE):
        figure = Figure(figsize=(8, 6))
        ax = figure.subplots()
        _scatter(ax, positions, labels, classes, axes)
        ax.set(title=wrapped(title, 6))  # in larger letters than captions
        ax.set_aspect("equal", adjustable="datalim")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", title="class")
        figure.supxlabel(wrapped(caption, 8), fontsize=9)
    return figure


def side_by_side(maps: Mapping[str, Map], classes: tuple[str, ...], title: str, caption: str) -> Figure:
    """Small maps beside and under each other, each under its name and note, with one legend for all."""
    columns = min(A_ROW, len(maps))
    rows = ceil(len(maps) / columns)
    width = 1.6 + 2.7 * columns
    with rc_context(STYLE):
        figure = Figure(figsize=(width, 0.9 + 3.15 * rows))
        panels = figure.subplots(rows, columns, squeeze=False).flat
        for ax, (name, drawn) in zip(panels, maps.items(), strict=False):
            _small(ax, name, drawn, classes)
        for ax in panels[len(maps) :]:
            ax.set_visible(False)
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right center", title="class", markerscale=2)
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(wrapped(caption, width), fontsize=9)
    return figure


def _small(ax: Axes, name: str, drawn: Map, classes: tuple[str, ...]) -> None:
    _scatter(ax, drawn.positions, drawn.labels, classes, drawn.axes, size=9)
    ax.set_title(name, fontsize=10, weight="bold", pad=16)
    ax.annotate(drawn.note, (0.5, 1), (0, 5), "axes fraction", "offset points", ha="center", fontsize=8)
    ax.set(xticks=[], yticks=[])
    ax.set_box_aspect(1)
    ax.set_aspect("equal", adjustable="datalim")
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set_fontsize(8)


def plane(
    images: Tensor,
    low: Sequence[float],
    high: Sequence[float],
    points: tuple[Positions, Labels],
    classes: tuple[str, ...],
    title: str,
) -> Figure:
    """What the codes of a plane decode to, beside the codes of test images in the same part of it.

    images: uint8 (S, S, 28, 28), or float (S, S, 1, 28, 28), the first row at the top. low, high: between which
    numbers the lattice lies, on either axis. points: codes (N, 2) and labels (N,).
    """
    codes, labels = points
    inside = ((codes >= np.asarray(low)) & (codes <= np.asarray(high))).all(axis=1).mean()
    steps = len(images)
    caption = (
        f"Left: {steps} × {steps} codes decoded, each image in the place of its code; black is 0, white 1. Right: the "
        f"codes of {len(codes)} clean test images over the same ranges, the 1st to the 99th percentile of either "
        f"number, in which {inside:.0%} of these codes lie."
    )
    with rc_context(STYLE):
        figure = Figure(figsize=(12, 6))
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        _scatter(right, codes, labels, classes, CODE)
        extent = (low[0], high[0], low[1], high[1])
        left.imshow(canvas(images, gaps=(0, 0)), cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto")
        left.set(xlabel=CODE[0], ylabel=CODE[1], title="decoded", xlim=extent[:2], ylim=extent[2:])
        left.grid(False)
        right.set(title="test images")
        for ax in (left, right):
            ax.set_box_aspect(1)
        figure.legend(*right.get_legend_handles_labels(), loc="outside right center", title="class")
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(wrapped(caption, 12), fontsize=9)
    return figure


def _scatter(
    ax: Axes, positions: Positions, labels: Labels, classes: tuple[str, ...], names: AxisNames, size: float = 22
) -> None:
    for label, name in enumerate(classes):
        x, y = positions[labels == label].T
        ax.scatter(x, y, s=size, color=COLOURS[label], marker=MARKERS[label], label=name, linewidths=0)
    ax.set(xlabel=names[0], ylabel=names[1])
