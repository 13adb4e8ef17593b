"""Pictures of images: labelled rows of them, all on the same pixel scale."""

from collections.abc import Mapping, Sequence

import torch
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn import functional as F

from hourglass.figures.sheets import EDGE, longest, pixels
from hourglass.figures.style import STYLE

GAP = 2  # image pixels between images
MARGIN, SPARE = 1.9, 0.3  # inches beside the images: as a rule, and more than the longest label at least
SIDE = 0.85  # inches: an image with its share of the gaps
LONGEST_LABEL = 13  # characters on a line, if there is an underscore behind which to break it


def rows(images: Mapping[str, Tensor], title: str, columns: tuple[str, ...] = ()) -> Figure:
    """Rows of images under each other, each with its label on the left; black is 0, white 1.

    images: label to uint8 (N, 28, 28) or float (N, 1, 28, 28) in [0, 1], the same N for all. columns: N names. A long
    label is broken in two, a margin as wide as the longest line.
    """
    count = len(next(iter(images.values())))
    labelled = {on_two_lines(label): row for label, row in images.items()}
    margin = max(MARGIN, longest(list(labelled), size=10) + SPARE)
    width = max(margin + SIDE * count, longest([title], size=11) + 2 * EDGE)
    with rc_context(STYLE):
        figure = Figure(figsize=(width, 0.75 + SIDE * len(images)))
        ax = figure.subplots()
        ax.set_anchor("W")  # elsewhere the layout would leave too little room for long labels
        show_rows(ax, labelled, columns)
        figure.suptitle(title, fontsize=11)
    return figure


def on_two_lines(label: str) -> str:
    """A long label broken behind the underscore nearest to its middle; as it is where it is short or has none."""
    ends = [place for place in range(1, len(label)) if label[place - 1] == "_"]
    if len(label) <= LONGEST_LABEL or not ends:
        return label
    end = min(ends, key=lambda end: abs(end - len(label) / 2))
    return f"{label[:end]}\n{label[end:]}"


def show_rows(ax: Axes, images: Mapping[str, Tensor], above: Sequence[str] = (), below: Sequence[str] = ()) -> None:
    """The same rows as one picture, which draws many times as fast as axes for each image; names of columns."""
    cells = torch.stack([pixels(row.reshape(-1, *row.shape[-2:])) for row in images.values()])
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
