"""Grids of images on one pixel scale: black is 0, white is 1."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from torch import Tensor
from torchvision.utils import make_grid

from hourglass.figures.style import COLOURS, STYLE, caption

GAP = 2  # pixels between images
WIDTH = 7.5  # inches: the width of a README
MAX_INCHES = 1.1  # side of an image: few images do not fill the figure


@dataclass(frozen=True)
class Labels:
    """Texts beside the rows of a grid, and above and below its columns; empty for none."""

    left: Sequence[str] = ()
    right: Sequence[str] = ()
    above: Sequence[str] = ()
    below: Sequence[str] = ()


def to_pixels(images: Tensor) -> Tensor:
    """Convert images, uint8 (…, 28, 28) or float (…, 1, 28, 28), to float32 (…, 28, 28) in [0, 1]."""
    return images.float().clamp(0, 1).squeeze(-3) if images.is_floating_point() else images.float() / 255


def canvas(images: Tensor, gap: int = GAP) -> NDArray[np.float32]:
    """Return images (R, C, 28, 28) as one picture on white, with half a gap around it."""
    pixels = to_pixels(images)
    pad = gap // 2
    cells = torch.nn.functional.pad(pixels.flatten(0, 1).unsqueeze(1), (pad,) * 4, value=1.0)
    return make_grid(cells, nrow=pixels.shape[1], padding=0)[0].numpy()


def show(ax: Axes, images: Tensor, labels: Labels, framed: Collection[tuple[int, int]] = ()) -> None:
    """Draw a grid of images into axes.

    Args:
        ax: where to draw.
        images: images (R, C, 28, 28), uint8, or float (R, C, 1, 28, 28).
        labels: texts around the grid.
        framed: (row, column) of images that get a frame.
    """
    picture = canvas(images)
    height, width = picture.shape[0] / images.shape[0], picture.shape[1] / images.shape[1]
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=(0, picture.shape[1], picture.shape[0], 0))
    rows = [(row + 0.5) * height for row in range(images.shape[0])]
    columns = [(column + 0.5) * width for column in range(images.shape[1])]
    ax.set_yticks(rows[: len(labels.left)], list(labels.left), fontsize=9)
    ax.set_xticks(columns[: len(labels.below)], list(labels.below), fontsize=9)
    for axis, positions, texts in (
        (ax.secondary_yaxis("right"), rows, labels.right),
        (ax.secondary_xaxis("top"), columns, labels.above),
    ):
        ticks = positions[: len(texts)]
        axis.set_ticks(ticks, list(texts), fontsize=9)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        if axis.get_xlabel() == "" and texts is labels.above and _crowded(texts, len(columns)):
            axis.tick_params(axis="x", rotation=40)
            for text in axis.get_xticklabels():
                text.set(ha="left", rotation_mode="anchor")
    for row, column in framed:
        corner = (column * width + 0.5, row * height + 0.5)
        ax.add_patch(Rectangle(corner, width - 1, height - 1, fill=False, edgecolor=COLOURS[1], linewidth=2))
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)


def _crowded(texts: Sequence[str], columns: int) -> bool:
    return max((len(line) for text in texts for line in text.split("\n")), default=0) > 90 / columns


def grid(
    images: Tensor,
    title: str,
    text: str,
    labels: Labels = Labels(),
    framed: Collection[tuple[int, int]] = (),
    width: float = WIDTH,
) -> Figure:
    """Return a figure with one grid of images. Arguments as in `show`; `text` is the caption, `width` in inches."""
    margin = 0.09 * sum(max((len(line) for t in side for line in t.split("\n")), default=0)
                        for side in (labels.left, labels.right))  # fmt: skip
    side = min(MAX_INCHES, (width - margin - 0.2) / images.shape[1])
    lines = max((t.count("\n") + 1 for t in labels.below), default=0)
    above = max((len(t) for t in labels.above), default=0)
    head = 0.07 * above if _crowded(labels.above, images.shape[1]) else 0.25 * bool(above)
    height = side * images.shape[0] + head + 0.17 * lines + 0.5 + 0.17 * (len(text) / (13.5 * width) + 1)
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        show(figure.subplots(), images, labels, framed)
        caption(figure, title, text)
    return figure


def rows(images: Mapping[str, Tensor], title: str, columns: Sequence[str] = (), text: str = "") -> Figure:
    """Return a figure with one labelled row of images per entry.

    Args:
        images: by label, images (N, 28, 28), uint8, or float (N, 1, 28, 28).
        title: title of the figure.
        columns: N names above the columns.
        text: caption.
    """
    stacked = torch.stack([to_pixels(row) for row in images.values()])
    labels = Labels(left=[_break(label) for label in images], above=columns)
    return grid(stacked, title, text, labels, width=1.9 + 0.85 * stacked.shape[1])


def _break(label: str) -> str:
    """Break a long label behind the underscore nearest to its middle."""
    ends = [place for place in range(1, len(label)) if label[place - 1] == "_"]
    if len(label) <= 13 or not ends:
        return label
    end = min(ends, key=lambda place: abs(place - len(label) / 2))
    return f"{label[:end]}\n{label[end:]}"
