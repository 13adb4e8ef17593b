"""The images that a model does best and worst with."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.style import STYLE


@dataclass(frozen=True)
class Extremes:
    """Some images and what became of them, float32 (N, 1, 28, 28) in [0, 1]; of each its class and its error (N,)."""

    images: Tensor
    reconstructions: Tensor
    classes: tuple[str, ...]
    errors: Tensor


def best_and_worst(groups: Mapping[str, Extremes], title: str, caption: str) -> Figure:
    """Groups of images under each other, each above its reconstruction; class over it, mean squared error under it."""
    count = max(len(group.images) for group in groups.values())
    with rc_context(STYLE):
        figure = Figure(figsize=(1.2 + 0.95 * count, 0.9 + 2.45 * len(groups)))
        parts = figure.subfigures(len(groups), 1, squeeze=False)[:, 0]
        for part, (name, group) in zip(parts, groups.items(), strict=True):
            axes = part.subplots(2, count, squeeze=False)
            part.suptitle(name, fontsize=10)
            for column, (above, below) in enumerate(axes.T):
                if column < len(group.images):
                    _show(above, group.images[column])
                    _show(below, group.reconstructions[column])
                    above.set_title(group.classes[column], fontsize=9)
                    below.set_xlabel(f"{group.errors[column]:.4f}", fontsize=9)
                else:
                    above.set_axis_off()
                    below.set_axis_off()
            for ax, label in zip(axes[:, 0], ("test image", "reconstruction"), strict=True):
                ax.set_ylabel(label, rotation=0, ha="right", va="center", labelpad=8)
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(caption, fontsize=9)
    return figure


def _show(ax: Axes, image: Tensor) -> None:
    ax.imshow(image.reshape(28, 28).numpy(), cmap="gray", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)
