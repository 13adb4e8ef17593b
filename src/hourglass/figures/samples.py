"""Pictures of images: labelled rows of them, all on the same pixel scale."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from hourglass.figures.style import STYLE

GAP = 2  # image pixels between images


def rows(images: Mapping[str, Tensor], title: str, columns: tuple[str, ...] = ()) -> Figure:
    """Rows of images under each other, each with its label on the left; black is 0, white 1.

    images: label to uint8 (N, 28, 28) or float (N, 1, 28, 28) in [0, 1], the same N for all. columns: N names.
    """
    count = len(next(iter(images.values())))
    with rc_context(STYLE):
        figure = Figure(figsize=(1.9 + 0.85 * count, 0.75 + 0.85 * len(images)))
        show_rows(figure.subplots(), images, columns)
        figure.suptitle(title, fontsize=11)
    return figure


def show_rows(ax: Axes, images: Mapping[str, Tensor], above: Sequence[str] = (), below: Sequence[str] = ()) -> None:
    """The same rows as one picture, which draws many times as fast as axes for each image; names of columns."""
    cells = torch.stack([_pixels(row) for row in images.values()])
    height, width = (side + GAP for side in cells.shape[-2:])
    # the gap is half on either side of an image, so that its middle is the middle of its cell
    tiles = F.pad(cells, (GAP // 2,) * 4, value=1.0).transpose(1, 2).reshape(len(cells) * height, -1)
    ax.imshow(tiles.numpy(), cmap="gray", vmin=0, vmax=1, extent=(0, tiles.shape[1], tiles.shape[0], 0))
    middles = [(number + 0.5) * width for number in range(cells.shape[1])]
    ax.set_yticks([(number + 0.5) * height for number in range(len(cells))], list(images))
    ax.set_xticks(middles[: len(below)], list(below), fontsize=9)
    ax.tick_params(length=0)
    if above:
        top = ax.secondary_xaxis("top")
        top.set_xticks(middles[: len(above)], list(above), fontsize=9)
        top.tick_params(length=0, pad=1)
        top.spines[:].set_visible(False)
    ax.grid(False)
    ax.spines[:].set_visible(False)


def _pixels(images: Tensor) -> Tensor:
    """uint8 (N, 28, 28) or float (N, 1, 28, 28) as float32 (N, 28, 28) in [0, 1]."""
    return images.squeeze(1).clamp(0, 1) if images.is_floating_point() else images.float() / 255
