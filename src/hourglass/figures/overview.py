"""The comparison in one picture: what becomes of the same images in every variant, and the figures beside it."""

from collections.abc import Mapping, Sequence
from math import inf
from statistics import mean
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from hourglass import metrics
from hourglass.figures.sheets import canvas, longest, wrapped
from hourglass.figures.style import STYLE
from hourglass.metrics import Overview, Metric

Trainings = Mapping[str, Sequence[float]]
"""By the key of a metric, its values, one a training."""

# the caption, but for what the figures need
FIRST = "The first test image of each class, rebuilt from its code."
ONE, SEVERAL = "One training each.", "Figures: mean of up to {} trainings, each a small dot."
LAST = "A column reaches from its least value to its greatest. Best of each in blue."
ORIGINALS = "one of each class"

# inches
EDGE, HEAD, ROW, LINE = 0.12, 0.42, 0.35, 0.14
IMAGE, BETWEEN = 0.27, 2 / 28 * 0.27  # two pixels of an image between two
LENGTH, APART = 0.43, 0.14
WIDER = 1.12  # letters, where they are bold

NAME, NUMBER, NOTE = 8.5, 7.8, 7  # points
MEAN, EACH = 5.0, 2.5  # points across

INK, MUTED, RULE, FAINT = "#1f2328", "#6e7781", "#c9d1d9", "#eef1f4"
PLAIN, BEST = "#7d8b99", "#1f6feb"


def overview(originals: Tensor, variants: Mapping[str, Tensor], trained: Mapping[str, Trainings], title: str) -> Figure:
    """One row a variant: name and code size, what it makes of the images, and its figures, as numbers and as dots.

    originals: uint8 (N, 28, 28). variants: their reconstructions, of the same shape. trained: of each variant the
    metrics of `metrics.overview`. The width follows from the longest name.
    """
    panels = [(metric, metric.overview) for metric in metrics.METRICS.values() if metric.overview]
    strip = 2 * EDGE + longest([*variants, ORIGINALS], NAME)
    left = strip + len(originals) * (IMAGE + BETWEEN) + EDGE
    columns = [[trained[name][metric.key] for name in variants] for metric, _ in panels]
    widths = [_width(glance, values) for (_, glance), values in zip(panels, columns, strict=True)]
    width = left + sum(widths) + APART * (len(panels) - 1) + EDGE
    most = max(len(values) for column in columns for values in column)
    basis = ONE if most == 1 else SEVERAL.format(most)
    caption = wrapped(
        " ".join([FIRST, basis, *(glance.caption for _, glance in panels if glance.caption), LAST]), 1.2 * width
    )
    bottom = HEAD + ROW * (len(variants) + 1)
    with rc_context(STYLE):
        figure = Figure(figsize=(width, bottom + LINE * (caption.count("\n") + 1) + EDGE))
        ax = _sheet(figure)
        _write(ax, EDGE, HEAD / 2, title, 11, weight="bold", va="center")
        _write(ax, EDGE, bottom + EDGE / 2, caption, NOTE, color=MUTED, va="top", linespacing=1.3)
        notes = [f"code of {trained[name]['latent'][0]:.0f}" for name in variants]
        middles = _names(ax, originals, variants, notes, strip)
        for (metric, glance), values, wide in zip(panels, columns, widths, strict=True):
            _dots(ax, metric, glance, values, (left, left + wide), middles)
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


def _width(glance: Overview, column: Sequence[Sequence[float]]) -> float:
    return max(_numbers(glance, column) + LENGTH, WIDER * longest([glance.heading], NUMBER))


def _numbers(glance: Overview, column: Sequence[Sequence[float]]) -> float:
    """Inches that the numbers take up, with the gap before the dots."""
    return WIDER * longest([format(mean(values), glance.format) for values in column], NUMBER) + 0.06


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


def _dots(
    ax: Axes,
    metric: Metric,
    glance: Overview,
    column: Sequence[Sequence[float]],
    ends: tuple[float, float],
    middles: Sequence[float],
) -> None:
    """The heading beside the originals, then a number and dots beside each variant, between two ends."""
    note = {"less": "lower is better", "more": "higher is better"}.get(metric.better or "", "")
    _label(ax, ends[0], middles[0], glance.heading, note, NUMBER, "bold")
    means = [mean(values) for values in column]
    best = metric.best(means)
    start = ends[0] + _numbers(glance, column)
    least, greatest = (of(value for values in column for value in values) for of in (min, max))
    scale = (ends[1] - start) / ((greatest - least) or inf)
    for average, values, middle in zip(means, column, middles[1:], strict=True):
        text = format(average, glance.format)
        is_best = best is not None and text == format(best, glance.format)
        colour, weight, shade = (BEST, "bold", BEST) if is_best else (INK, "normal", PLAIN)
        _write(ax, start - 0.06, middle, text, NUMBER, color=colour, weight=weight, ha="right", va="center_baseline")
        ax.plot((start, ends[1]), (middle, middle), color=RULE, linewidth=1, zorder=1)
        dots = {MEAN: [average], EACH: values if len(values) > 1 else []}
        for size, shown in dots.items():
            places = [start + scale * (value - least) for value in shown]
            ax.plot(places, [middle] * len(places), "o", color=shade, markersize=size, markeredgewidth=0)


def _write(ax: Axes, x: float, y: float, text: str, size: float, **look: Any) -> None:
    ax.text(x, y, text, fontsize=size, **({"color": INK} | look))
