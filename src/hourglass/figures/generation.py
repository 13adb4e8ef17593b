"""Images decoded from random codes, with the codes' values above them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.sheets import EDGE, LINE, WIDTH, canvas, head, wrapped
from hourglass.figures.style import STYLE

COLUMNS = 8
GAP = 3  # image pixels between images
A_LINE, AT_MOST = 2, 12  # of a code's values, above its image
SMALL = 7  # points

WAYS = {
    "prior": "N(0, 1)",
    "gaussian": "a normal distribution, fitted to the training codes",
    "mixture": "ten normal distributions, fitted to the training codes",
    "uniform": "every number anywhere in its range in the training codes",
}

TIED = {
    "relu": " What falls below 0 counts as 0, as in the training codes.",
    "softmax": " Fitted to and drawn as log-ratios, so that the values sum to 1.",
}
"""What is said of drawing codes, by the kinds of code whose numbers are not free."""


@dataclass(frozen=True)
class Drawn:
    """Codes drawn in one way, (N, K), their images, and the Fréchet distance of all such images.

    images: uint8 (N, 28, 28), or float (N, 1, 28, 28) in [0, 1].
    """

    codes: Tensor
    images: Tensor
    distance: float


def generation(ways: Mapping[str, Drawn], floor: float, title: str, code: str = "none", own: str = "") -> Figure:
    """The first images of each way of drawing codes, the way and its Fréchet distance named.

    floor: the distance of as many training images. code: the kind of code. own: a sentence more for the caption.
    """
    size = next(iter(ways.values())).codes.shape[1]
    best = min(ways, key=lambda way: ways[way].distance)
    fewer = f" Of {size} values the first {AT_MOST} are given." if size > AT_MOST else ""
    caption = wrapped(
        f"Random codes, decoded; above each image its code's values.{fewer}{TIED.get(code, '')} Fréchet distance: "
        f"between the classifier's features of such images and of the test images. Nearest to real images: {best}.{own}",
        WIDTH,
    )
    written = SMALL * 1.15 / 72 * (values([0.0] * size).count("\n") + 1)
    block = 2 * LINE + written + WIDTH / COLUMNS
    foot_line = LINE * (caption.count("\n") + 1) + 3 * EDGE  # of the line that says what real images are at
    bottom = foot_line + 1.6 * LINE
    height = 0.3 + block * len(ways) + bottom
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        figure.set_layout_engine("none")
        for number, (way, drawn) in enumerate(ways.items()):
            foot = bottom + block * (len(ways) - 1 - number)
            text = f"{way}: {WAYS[way]} · Fréchet distance {drawn.distance:.1f}"
            _heading(figure, text, (foot + block - 1.4 * LINE) / height)
            _block(figure, drawn, foot / height)
        _heading(figure, f"training images: {floor:.1f}, the floor", (foot_line + LINE / 2) / height)
        head(figure, title, caption)
    return figure


def _heading(figure: Figure, text: str, middle: float) -> None:
    """A line at the left edge, its middle at a height from 0 to 1."""
    figure.text(EDGE / WIDTH, middle, text, fontsize=9, va="center", weight="bold")


def _block(figure: Figure, drawn: Drawn, foot: float) -> None:
    """One row of images with their lower edge at `foot`, the values of their codes above them."""
    images = drawn.images[None, :COLUMNS]
    row, cell = canvas(images, gaps=(0, GAP)), images.shape[-1] + GAP
    scale = WIDTH / (COLUMNS * cell)  # inches an image pixel
    left, wide, tall = (
        GAP / 2 * scale / WIDTH,
        row.shape[1] * scale / WIDTH,
        row.shape[0] * scale / figure.get_figheight(),
    )
    ax = figure.add_axes((left, foot, wide, tall))
    ax.imshow(row, cmap="gray", vmin=0, vmax=1, extent=(0, row.shape[1], row.shape[0], 0))
    ax.set_axis_off()
    for number, code in enumerate(drawn.codes[:COLUMNS].tolist()):
        _write(ax, values(code), number * cell + images.shape[-1] / 2)


def _write(ax: Axes, text: str, middle: float) -> None:
    """A code's values over its image."""
    note = ax.annotate(text, (middle, 0), (0, 3), textcoords="offset points", ha="center", va="bottom")
    note.set(fontsize=SMALL, family="monospace")


def values(code: Sequence[float]) -> str:
    """A code in lines of two numbers, five characters each; no more than twelve of them."""
    cells = [_cell(value) for value in code[:AT_MOST]]
    lines = [" ".join(cells[start : start + A_LINE]).ljust(5 * A_LINE + 1) for start in range(0, len(cells), A_LINE)]
    return "\n".join(lines + ["…"] * (len(code) > AT_MOST)).replace("-", "−")


def _cell(value: float) -> str:
    decimals = next((decimals for decimals in (2, 1) if len(f"{value:.{decimals}f}") <= 5), 0)
    return f"{round(value, decimals) + 0.0:5.{decimals}f}"  # adding 0 makes 0 of -0
