"""The images that a model does best and worst with."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.samples import show_rows
from hourglass.figures.style import STYLE


@dataclass(frozen=True)
class Extremes:
    """Some images and what became of them, uint8 (N, 28, 28) or float (N, 1, 28, 28); each one's class and error."""

    images: Tensor
    reconstructions: Tensor
    classes: tuple[str, ...]
    errors: Tensor


def best_and_worst(groups: Mapping[str, Extremes], title: str, caption: str) -> Figure:
    """Groups of images under each other, each above its reconstruction; class over it, mean squared error under it."""
    count = max(len(group.images) for group in groups.values())
    with rc_context(STYLE):
        figure = Figure(figsize=(1.2 + 0.95 * count, 0.9 + 2.45 * len(groups)))
        panels = figure.subplots(len(groups), 1, squeeze=False)[:, 0]
        for ax, (name, group) in zip(panels, groups.items(), strict=True):
            images = {"test image": group.images, "reconstruction": group.reconstructions}
            show_rows(ax, images, group.classes, [f"{error:.4f}" for error in group.errors])
            ax.set_title(name, fontsize=10, pad=22)
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(caption, fontsize=9)
    return figure
