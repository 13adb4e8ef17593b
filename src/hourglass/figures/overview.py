"""The comparison in one picture: what becomes of the same images in every variant, and the figures beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from hourglass import metrics
from hourglass.figures.sheets import canvas, longest, wrapped
from hourglass.figures.style import STYLE
from hourglass.metrics import Bar, Metric, Row

# the caption, but for what the bars need
FIRST, LAST = "The first test image of each class, rebuilt from its code; one training each.", "Best of each in blue."
ORIGINALS = "one of each class"

# inches
EDGE, HEAD, ROW, LINE = 0.12, 0.42, 0.35, 0.14
IMAGE, BETWEEN = 0.27, 2 / 28 * 0.27  # two pixels of an image between two
LENGTH, THICK, APART = 0.43, 0.09, 0.14
WIDER = 1.12  # letters, where they are bold

NAME, NUMBER, NOTE = 8.5, 7.8, 7  # points

INK, MUTED, RULE, FAINT = "#1f2328", "#6e7781", "#c9d1d9", "#eef1f4"
PLAIN, BEST = "#aab7c4", "#1f6feb"


def overview(originals: Tensor, variants: Mapping[str, Tensor], rows: Mapping[str, Row], title: str) -> Figure:
    """One row a variant: name and code size, what it makes of the images, and bars from zero with the numbers.

    originals: uint8 (N, 28, 28). variants: their reconstructions, of the same shape. rows: the figures of each
    variant: `latent`, and those metrics that have a bar. The width follows from the longest name.
    """
    panels = [(metric, metric.bar) for metric in metrics.METRICS if metric.bar]
    strip = 2 * EDGE + longest([*variants, ORIGINALS], NAME)
    left = strip + len(originals) * (IMAGE + BETWEEN) + EDGE
    columns = [[rows[name][metric.key] for name in variants] for metric, _ in panels]
    widths = [_width(bar, values) for (_, bar), values in zip(panels, columns, strict=True)]
    width = left + sum(widths) + APART * (len(panels) - 1) + EDGE
    caption = wrapped(" ".join([FIRST, *(bar.caption for _, bar in panels if bar.caption), LAST]), 1.2 * width)
    bottom = HEAD + ROW * (len(variants) + 1)
    with rc_context(STYLE):
        figure = Figure(figsize=(width, bottom + LINE * (caption.count("\n") + 1) + EDGE))
        ax = _sheet(figure)
        _write(ax, EDGE, HEAD / 2, title, 11, weight="bold", va="center")
        _write(ax, EDGE, bottom + EDGE / 2, caption, NOTE, color=MUTED, va="top", linespacing=1.3)
        middles = _names(ax, originals, variants, [f"code of {rows[name]['latent']:.0f}" for name in variants], strip)
        for (metric, bar), values, wide in zip(panels, columns, widths, strict=True):
            _bars(ax, metric, bar, values, (left, left + wide), middles)
            left += wide + APART
    return figure


def _sheet(figure: Figure) -> Axes:
    """Axes on which everything has its place in inches from the upper left corner."""
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, figure.get_figwidth()), ylim=(figure.get_figheight(), 0))
    ax.set_axis_off()
    return ax


def _names(
    ax: Axes, originals: Tensor, variants: Mapping[str, Tensor], notes: Sequence[str], strip: float
) -> list[float]:
    """The name of every row and its images, the originals first; returns where the middles of the rows are."""
    middles = [HEAD + ROW * (number + 0.5) for number in range(len(variants) + 1)]
    _label(ax, EDGE, middles[0], "test images", ORIGINALS, NAME)
    _strip(ax, originals, strip, middles[0])
    for number, ((name, images), note, middle) in enumerate(zip(variants.items(), notes, middles[1:], strict=True)):
        rule = (EDGE, ax.get_xlim()[1] - EDGE)
        ax.plot(rule, (middle - ROW / 2,) * 2, color=FAINT if number else RULE, linewidth=1)
        _label(ax, EDGE, middle, name, note, NAME)
        _strip(ax, images, strip, middle)
    return middles


def _width(bar: Bar, values: Sequence[float]) -> float:
    return max(_numbers(bar, values) + LENGTH, WIDER * longest([bar.heading], NUMBER))


def _numbers(bar: Bar, values: Sequence[float]) -> float:
    """Inches that the numbers take up, with the gap before the bars."""
    return WIDER * longest([format(value, bar.format) for value in values], NUMBER) + 0.06


def _label(ax: Axes, left: float, middle: float, name: str, note: str, size: float, weight: str = "normal") -> None:
    """A name with a note under it."""
    _write(ax, left, middle - 0.01, name, size, weight=weight, va="bottom")
    _write(ax, left, middle + 0.02, note, NOTE, color=MUTED, va="top")


def _strip(ax: Axes, images: Tensor, left: float, middle: float) -> None:
    """Images (N, 28, 28) beside each other."""
    drawn = canvas(images[None], gaps=(0, 2))
    right = left + IMAGE / images.shape[-1] * drawn.shape[1]
    extent = (left, right, middle + IMAGE / 2, middle - IMAGE / 2)
    ax.imshow(drawn, cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto")


def _bars(
    ax: Axes, metric: Metric, bar: Bar, values: Sequence[float], ends: tuple[float, float], middles: Sequence[float]
) -> None:
    """The heading beside the originals, then a number and a bar beside each variant, between two ends."""
    note = {"less": "lower is better", "more": "higher is better"}.get(metric.better or "", "")
    _label(ax, ends[0], middles[0], bar.heading, note, NUMBER, "bold")
    best = {"less": min, "more": max}[metric.better](values) if metric.better else None
    start = ends[0] + _numbers(bar, values)
    whole = ends[1] - start
    for value, middle in zip(values, middles[1:], strict=True):
        text = format(value, bar.format)
        is_best = best is not None and text == format(best, bar.format)
        colour, weight, shade = (BEST, "bold", BEST) if is_best else (INK, "normal", PLAIN)
        _write(ax, start - 0.06, middle, text, NUMBER, color=colour, weight=weight, ha="right", va="center_baseline")
        for length, fill in ((whole, FAINT), (whole * value / max(values), shade)):
            ax.add_patch(Rectangle((start, middle - THICK / 2), length, THICK, color=fill, linewidth=0))


def _write(ax: Axes, x: float, y: float, text: str, size: float, **look: Any) -> None:
    ax.text(x, y, text, fontsize=size, **({"color": INK} | look))
