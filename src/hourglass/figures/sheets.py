"""Many images on one sheet, all on the same pixel scale: black is 0, white 1."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.textpath import TextPath
from numpy.typing import NDArray
from torch import Tensor

from hourglass.figures.style import COLOURS, STYLE

WIDTH = 7.5  # inches: 900 pixels, which is what a README shows
GAP, APART = 2, 10  # image pixels between images, and where groups of them meet
LARGE = 0.045  # inches an image pixel at most: few images do not fill the sheet
LINE, EDGE = 0.165, 0.08  # inches: a line of 9 points, and between things and around them


@dataclass(frozen=True)
class Names:
    """What is written beside the rows (left, right) and over and under the columns; nothing where left out."""

    left: Sequence[str] = ()
    right: Sequence[str] = ()
    above: Sequence[str] = ()
    below: Sequence[str] = ()


def pixels(images: Tensor) -> Tensor:
    """uint8, or float in [0, 1], of any shape, as float32 in [0, 1]."""
    return images.float().clamp(0, 1) if images.is_floating_point() else images.float() / 255


def places(count: int, side: int, gap: int, apart: Collection[int] = ()) -> list[int]:
    """Where each of `count` images begins, and where the last one ends (+ gap): wider gaps before those `apart`."""
    starts = [0]
    for number in range(1, count + 1):
        starts.append(starts[-1] + side + (APART if number in apart else gap))
    return starts


def canvas(images: Tensor, gaps: tuple[int, int], apart: Collection[int] = ()) -> NDArray[np.float32]:
    """Images (R, C, 28, 28) or (R, C, 1, 28, 28) as one white sheet (height, width) with gaps between them."""
    cells = pixels(images.reshape(*images.shape[:2], *images.shape[-2:])).numpy()
    height, width = cells.shape[2:]
    rows, columns = places(len(cells), height, gaps[0]), places(cells.shape[1], width, gaps[1], apart)
    sheet = np.ones((rows[-1] - gaps[0], columns[-1] - gaps[1]), dtype=np.float32)
    for row, top in zip(cells, rows, strict=False):
        for cell, left in zip(row, columns, strict=False):
            sheet[top : top + height, left : left + width] = cell
    return sheet


def sheet(
    images: Tensor,
    title: str,
    caption: str,
    names: Names,
    apart: Collection[int] = (),
    framed: Collection[tuple[int, int]] = (),
    gaps: tuple[int, int] = (GAP, GAP),
    width: float = WIDTH,
) -> Figure:
    """Images (R, C, 28, 28) or (R, C, 1, 28, 28), uint8 or float, in rows and columns.

    apart: columns before which the gap is wide. framed: (row, column) of the images with a frame around them. gaps:
    between rows and between columns, in image pixels. width: of the whole, in inches.
    """
    picture, side = canvas(images, gaps, apart), images.shape[-1]
    left, right = (longest(texts) + 2 * EDGE for texts in (names.left, names.right))
    scale = min((width - left - right) / picture.shape[1], LARGE)  # inches an image pixel
    spare = (width - left - right - picture.shape[1] * scale) / 2
    left, right = left + spare, right + spare
    turned = longest(names.above) > 1.2 * side * scale
    text = wrapped(caption, width)
    top = 0.35 + (0.7 * longest(names.above) if turned else LINE * _lines(names.above))
    bottom = LINE * (_lines(names.below) + _lines([text])) + 3 * EDGE
    height = picture.shape[0] * scale + top + bottom
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        figure.set_layout_engine("none")
        ax = figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height))
        ax.imshow(picture, cmap="gray", vmin=0, vmax=1, extent=(0, picture.shape[1], picture.shape[0], 0))
        ax.set_axis_off()
        rows, columns = places(len(images), side, gaps[0]), places(images.shape[1], side, gaps[1], apart)
        _name(ax, names, [top + side / 2 for top in rows], [left + side / 2 for left in columns], turned)
        for row, column in framed:
            corner = (columns[column] - 1, rows[row] - 1)
            frame = Rectangle(corner, side + 2, side + 2, fill=False, edgecolor=COLOURS[1], linewidth=2)
            ax.add_patch(frame).set_clip_on(False)
        head(figure, title, text)
    return figure


def head(figure: Figure, title: str, caption: str) -> None:
    """Title and caption, wrapped already, at the edges of a figure whose layout is made by hand."""
    edge = EDGE / figure.get_figheight()
    figure.suptitle(title, fontsize=11, y=1 - edge)
    figure.supxlabel(caption, fontsize=9, y=edge)


def wrapped(text: str, width: float) -> str:
    """A caption in lines of about equal length that fit below a figure so many inches wide."""
    lines = max(1, ceil(len(text) / (13.5 * width)))
    widths = range(max(1, len(text) // lines), len(text) + 2)
    return next(filled for letters in widths if (filled := fill(text, letters)).count("\n") < lines)


def longest(texts: Sequence[str], size: float = 9) -> float:
    """Inches that the longest line takes up, in letters of so many points; pixels make letters a little wider."""
    font = FontProperties(size=size)
    lines = {line for text in texts for line in text.split("\n") if line.strip()}
    widths = [TextPath((0, 0), line, prop=font).get_extents().width for line in lines]
    return 1.05 * max(widths, default=0.0) / 72


def _lines(texts: Sequence[str]) -> int:
    return max((text.count("\n") + 1 for text in texts), default=0)


def _name(ax: Axes, names: Names, rows: Sequence[float], columns: Sequence[float], turned: bool) -> None:
    """Write the names next to the edge, at the middle of each row and column."""
    right, bottom = ax.get_xlim()[1], ax.get_ylim()[0]
    for texts, edge, shift, side in ((names.left, 0.0, -6, "right"), (names.right, right, 6, "left")):
        for text, y in zip(texts, rows, strict=False):
            _write(ax, text, (edge, y), (shift, 0), ha=side, va="center")
    for text, x in zip(names.above, columns, strict=False):
        if turned:
            _write(ax, text, (x, 0), (-3, 5), ha="left", va="bottom", rotation=40, rotation_mode="anchor")
        else:
            _write(ax, text, (x, 0), (0, 4), ha="center", va="bottom")
    for text, x in zip(names.below, columns, strict=False):
        _write(ax, text, (x, bottom), (0, -4), ha="center", va="top")


def _write(ax: Axes, text: str, place: tuple[float, float], shift: tuple[int, int], **alignment: Any) -> None:
    ax.annotate(text, place, shift, textcoords="offset points", fontsize=9, annotation_clip=False, **alignment)
