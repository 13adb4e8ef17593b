"""Figures of image grids. All greyscale images share a scale from 0 (black) to 1 (white)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS, Corruption
from hourglass.figures.style import COLOURS, new_figure, wrap
from hourglass.metrics import image_errors, psnr_from_mse

GAP = 2  # pixels between images
WIDTH = 7.5  # inches: the width of a README
MAX_INCHES = 1.1  # side of an image: few images do not fill the figure
STRENGTHS = {"sigma": "standard deviation {:g}", "occlusion": "side {:g} pixels"}
MAX_SHARP = 32  # pixels: side of the largest images that every figure enlarges


@dataclass(frozen=True)
class Labels:
    """Labels of the rows (`left`, `right`) and columns (`above`, `below`) of an image grid, all optional."""

    left: Sequence[str] = ()
    right: Sequence[str] = ()
    above: Sequence[str] = ()
    below: Sequence[str] = ()


def canvas(images: Tensor, gap: int = GAP) -> NDArray[np.float32]:
    """Tile uint8 images (rows, columns, C, H, W) into one image in [0, 1].

    The shape is (height, width), or (height, width, 3) in colour. Each image gets a white border of `gap // 2` pixels.
    """
    cells = torch.nn.functional.pad(images / 255, (gap // 2,) * 4, value=1.0)
    rows, columns, _, height, width = cells.shape
    picture = cells.permute(0, 3, 1, 4, 2).reshape(rows * height, columns * width, -1)
    return picture.squeeze(-1).numpy()


def draw(ax: Axes, images: Tensor, gap: int = GAP, **options: Any) -> None:
    """Draw a grid of uint8 images (rows, columns, C, H, W) with `Axes.imshow`, to which `options` are passed.

    Images of at most 32 × 32 pixels are enlarged without interpolation, which halves the size of PNG files.
    """
    sharp = "nearest" if max(images.shape[-2:]) <= MAX_SHARP else None
    ax.imshow(canvas(images, gap), cmap="gray", vmin=0, vmax=1, interpolation=sharp, **options)


def show(ax: Axes, images: Tensor, labels: Labels, framed: Collection[tuple[int, int]] = ()) -> None:
    """Draw a labelled grid of uint8 images (rows, columns, C, H, W), framing each (row, column) in `framed`."""
    height, width = (side + GAP for side in images.shape[-2:])
    draw(ax, images, extent=(0, width * images.shape[1], height * images.shape[0], 0))
    rows = [(row + 0.5) * height for row in range(images.shape[0])]
    columns = [(column + 0.5) * width for column in range(images.shape[1])]
    ax.set_yticks(rows[: len(labels.left)], list(labels.left), fontsize=9)
    ax.set_xticks(columns[: len(labels.below)], list(labels.below), fontsize=9)
    right, above = ax.secondary_yaxis("right"), ax.secondary_xaxis("top")
    right.set_ticks(rows[: len(labels.right)], list(labels.right), fontsize=9)
    above.set_ticks(columns[: len(labels.above)], list(labels.above), fontsize=9)
    if _crowded(labels.above, ax.figure.get_figwidth() / len(columns)):  # type: ignore[union-attr]
        above.tick_params(axis="x", rotation=40)
        for text in above.get_xticklabels():
            text.set(ha="left", rotation_mode="anchor")
    for row, column in framed:
        corner = (column * width + 0.5, row * height + 0.5)
        ax.add_patch(Rectangle(corner, width - 1, height - 1, fill=False, edgecolor=COLOURS[1], linewidth=2))
    for axes in (ax, right, above):
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    ax.grid(False)


def _crowded(texts: Sequence[str], width: float) -> bool:
    """Return whether labels above columns of `width` inches would overlap."""
    return 0.085 * _longest_line(texts) > width


def _longest_line(texts: Sequence[str]) -> int:
    return max((len(line) for text in texts for line in text.split("\n")), default=0)


def grid(
    images: Tensor,
    title: str,
    caption: str,
    labels: Labels = Labels(),
    framed: Collection[tuple[int, int]] = (),
    width: float = WIDTH,
) -> Figure:
    """Create a figure of a labelled grid of uint8 images (rows, columns, C, H, W).

    The figure is `width` inches wide. The image at each (row, column) in `framed` gets a frame.
    """
    margin = 0.09 * (_longest_line(labels.left) + _longest_line(labels.right))
    side = min(MAX_INCHES, (width - margin - 0.2) / images.shape[1]) * images.shape[-2] / images.shape[-1]
    below = max((text.count("\n") + 1 for text in labels.below), default=0)
    above = max(map(len, labels.above), default=0)
    head = 0.07 * above if _crowded(labels.above, width / images.shape[1]) else 0.25 * bool(above)
    height = side * images.shape[0] + head + 0.6 + 0.17 * (below + wrap(caption, width).count("\n") + 1)
    with new_figure(width, height, title, caption) as figure:
        show(figure.subplots(), images, labels, framed)
    return figure


def rows(
    images: Mapping[str, Tensor], title: str, columns: Sequence[str] = (), caption: str = "", score: str = ""
) -> Figure:
    """Draw a row of uint8 images (N, C, H, W) for each entry of `images`, labelled with its key.

    `columns` are labels above the columns. If `score` is `MSE` or `PSNR`, all rows after the first are also labelled
    with their score relative to the first row.
    """
    stacked = torch.stack(list(images.values()))
    left = [_break(label) for label in images]
    if score:
        caption = f"{caption} Below each name, the {score} over the images shown.".strip()
        for number, row in enumerate(stacked[1:], 1):
            error = image_errors(row, stacked[0]).mean().item()
            left[number] += f"\n{error:.4f}" if score == "MSE" else f"\n{psnr_from_mse(error):.1f} dB"
    labels = Labels(left=left, above=columns)
    return grid(stacked, title, caption, labels, width=1.9 + 0.85 * stacked.shape[1])


def describe(corruption: Corruption) -> str:
    """Describe a corruption with its strengths, such as `Gaussian noise (standard deviation 0.3)`."""
    strengths = [STRENGTHS.get(name, f"{name} {{:g}}").format(value) for name, value in corruption.strengths.items()]
    return f"{CORRUPTIONS[corruption.name].description} ({', '.join(strengths)})"


def _break(label: str) -> str:
    """Insert a line break into a label of more than 13 characters, after the `_` or space nearest to the middle."""
    ends = [place for place in range(1, len(label)) if label[place - 1] in "_ "]
    if len(label) <= 13 or not ends:
        return label
    end = min(ends, key=lambda place: abs(place - len(label) / 2))
    return f"{label[:end].rstrip()}\n{label[end:]}"
