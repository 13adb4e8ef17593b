"""Maps of codes: points in the plane, coloured and marked by class."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from hourglass.figures.sheets import canvas, wrapped
from hourglass.figures.style import COLOURS, MARKERS, STYLE

Positions = NDArray[np.float32]
Labels = NDArray[np.uint8]
AxisNames = tuple[str, str]

TSNE: AxisNames = ("t-SNE 1", "t-SNE 2")
CODE: AxisNames = ("code number 1", "code number 2")


def statement(found: Mapping[str, float], size: int, least: tuple[int, float, int], classes: tuple[str, ...]) -> str:
    """How well a map is organised, in words, of the figures that `latent.organisation` found.

    size: numbers in a code. least: the class that neighbours tell worst, its share told, what it is mostly told as.
    """
    worst, share, taken = least
    told = "the others taken for several" if taken == worst else f"mostly taken for {classes[taken]}"
    silhouette = f"{found['silhouette']:.2f}".replace("-", "−")
    return (
        f"{found['samples']} test codes of {size} numbers. The ten nearest on the map tell the class of "
        f"{found['purity']:.0%}; class {classes[worst]} is told least ({share:.0%}, {told}). Silhouette of the "
        f"classes {silhouette} (1: islands far apart, 0: they overlap). Neighbourhoods of the code kept: "
        f"trustworthiness {found['trustworthiness']:.3f} of 1."
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
        ax.set(title=title)
        ax.set_aspect("equal", adjustable="datalim")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", title="class")
        figure.supxlabel(wrapped(caption, 8), fontsize=9)
    return figure


def side_by_side(
    maps: Mapping[str, tuple[Positions, Labels]],
    classes: tuple[str, ...],
    title: str,
    caption: str,
    axes: Mapping[str, AxisNames] | None = None,
) -> Figure:
    """Several maps beside each other, each under its name, with one legend for all.

    maps: positions (N, 2) and labels (N,) by name. axes: what the axes of a map are, where it is no t-SNE.
    """
    with rc_context(STYLE):
        width = 1.4 + 4.4 * len(maps)
        figure = Figure(figsize=(width, 5.2))
        panels = figure.subplots(1, len(maps), squeeze=False)[0]
        for ax, (name, (positions, labels)) in zip(panels, maps.items(), strict=True):
            _scatter(ax, positions, labels, classes, (axes or {}).get(name, TSNE))
            ax.set(title=name)
            ax.set_aspect("equal", adjustable="datalim")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", title="class")
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(wrapped(caption, width), fontsize=9)
    return figure


def plane(
    images: Tensor,
    low: Sequence[float],
    high: Sequence[float],
    points: tuple[Positions, Labels],
    classes: tuple[str, ...],
    title: str,
) -> Figure:
    """What the codes of a plane decode to, beside the codes of test images in the same part of it.

    images: float (S, S, 1, 28, 28), the first row at the top. low, high: between which numbers the lattice lies, on
    either axis. points: codes (N, 2) and labels (N,).
    """
    codes, labels = points
    inside = ((codes >= np.asarray(low)) & (codes <= np.asarray(high))).all(axis=1).mean()
    steps = len(images)
    caption = (
        f"Left: {steps} × {steps} codes decoded, each image in the place of its code; black is 0, white 1. Right: the "
        f"codes of {len(codes)} test images over the same ranges, the 1st to the 99th percentile of either number, in "
        f"which {inside:.0%} of these codes lie."
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


def _scatter(ax: Axes, positions: Positions, labels: Labels, classes: tuple[str, ...], names: AxisNames) -> None:
    for label, name in enumerate(classes):
        x, y = positions[labels == label].T
        ax.scatter(x, y, s=22, color=COLOURS[label], marker=MARKERS[label], label=name, linewidths=0)
    ax.set(xlabel=names[0], ylabel=names[1])
