"""Overview figure of the comparison: example reconstructions and main metrics of every variant."""

from collections.abc import Collection, Mapping, Sequence
from statistics import mean

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from hourglass import metrics
from hourglass.figures.grids import draw
from hourglass.figures.style import STYLE, wrap
from hourglass.metrics import Metric

INK, MUTED, RULE, FAINT = "#1f2328", "#6e7781", "#c9d1d9", "#eef1f4"
PLAIN, BEST = "#7d8b99", "#1f6feb"


def overview(
    originals: Tensor,
    variants: Mapping[str, Tensor],
    values: Mapping[str, Mapping[str, Sequence[float]]],
    title: str,
    labelled: bool = True,
    best: Mapping[str, str | None] = {},
    ties: Mapping[str, Collection[str]] = {},
) -> Figure:
    """Draw one row per variant with its name, example reconstructions, and metrics as numbers and dots.

    Args:
        originals: example images, uint8 (N, C, H, W).
        variants: reconstructions of the example images, uint8 (N, C, H, W), keyed by variant.
        values: values of each metric, one per seed, keyed by variant and then by metric key.
        title: title of the figure.
        labelled: whether the examples are the first image of each class instead of the first test images.
        best: variant that is significantly better than all others, keyed by metric. Missing or None if there is none.
        ties: best variant and all variants that are not significantly worse, keyed by metric.
    """
    first = next(iter(values.values()))
    shown = [metric for metric in metrics.METRICS.values() if metric.overview and first[metric.key]]
    seeds = max(len(column[metric.key]) for column in values.values() for metric in shown)
    notes = [metric.overview.caption for metric in shown if metric.overview and metric.overview.caption]
    basis = "One run each." if seeds == 1 else f"Mean of up to {seeds} seeds, each a dark dot."
    notes += ["Blue: significantly better than all others."] * any(best.values())
    notes += ["Ring: not significantly worse than the best."] * any(ties.values())
    text = " ".join(
        [f"Reconstructions of the first test image{' of each class' if labelled else 's'}. {basis}", *notes,
         "Lines: from the smallest to the largest value of the column."]
    )  # fmt: skip
    widths = [1.9, 0.31 * len(originals), *[1.15] * len(shown)]
    count = len(variants) + 1
    with rc_context({**STYLE, "axes.grid": False, "figure.constrained_layout.use": False}):
        figure = Figure(figsize=(sum(widths) + 0.3, 0.36 * count + 0.95))
        grid = figure.add_gridspec(
            1, len(widths), width_ratios=widths, left=0.02, right=0.985, wspace=0.06,
            top=1 - 0.4 / figure.get_figheight(), bottom=0.5 / figure.get_figheight(),
        )  # fmt: skip
        axes = [figure.add_subplot(grid[column]) for column in range(len(widths))]
        for ax in axes:
            ax.set(xlim=(0, 1), ylim=(count, 0))
            ax.set_axis_off()
        _names(axes[0], values, "one per class" if labelled else "the first ones")
        for row, images in enumerate([originals, *variants.values()]):
            draw(axes[1], images[None], aspect="auto", extent=(0, 1, row + 0.92, row + 0.08))
        axes[1].set(xlim=(0, 1), ylim=(count, 0))
        for ax, metric in zip(axes[2:], shown, strict=True):
            column = {name: of[metric.key] for name, of in values.items()}
            _column(ax, metric, column, best.get(metric.key), ties.get(metric.key, ()))
        figure.text(0.02, 1 - 0.12 / figure.get_figheight(), title, fontsize=11, weight="bold", va="top", color=INK)
        caption = wrap(text, 1.2 * figure.get_figwidth())
        figure.text(0.02, 0.4 / figure.get_figheight(), caption, fontsize=7, color=MUTED, va="top", linespacing=1.3)
    return figure


def _names(ax: Axes, values: Mapping[str, Mapping[str, Sequence[float]]], images: str) -> None:
    names = {"test images": images}
    names |= {name: f"latent dimension {column['latent_dim'][0]:.0f}" for name, column in values.items()}
    for row, (name, note) in enumerate(names.items()):
        ax.text(0, row + 0.48, name, fontsize=8.5, va="bottom", color=INK)
        ax.text(0, row + 0.55, note, fontsize=7, va="top", color=MUTED)


def _column(
    ax: Axes, metric: Metric, column: Mapping[str, Sequence[float]], best: str | None, ties: Collection[str]
) -> None:
    assert metric.overview is not None
    note = {"lower": "lower is better", "higher": "higher is better"}.get(metric.better or "", "")
    ax.text(0, 0.48, metric.overview.heading, fontsize=7.8, va="bottom", weight="bold", color=INK)
    ax.text(0, 0.55, note, fontsize=7, va="top", color=MUTED)
    low, high = (of(value for seeds in column.values() for value in seeds) for of in (min, max))
    start, width = 0.49, 0.47
    for row, (name, seeds) in enumerate(column.items(), 1):
        average = mean(seeds)
        colour, weight, shade = (BEST, "bold", BEST) if name == best else (INK, "normal", PLAIN)
        if name in ties:
            shade = "white"
        text = format(average, metric.overview.format)
        ax.text(start - 0.06, row + 0.5, text, fontsize=7.8, color=colour, weight=weight, ha="right", va="center")
        ax.plot((start, start + width), (row + 0.5,) * 2, color=RULE, linewidth=1, zorder=1)
        places = [start + width * (value - low) / ((high - low) or 1) for value in (average, *seeds)]
        ring = 1.3 * (name in ties)
        ax.plot(places[0], row + 0.5, "o", color=shade, markersize=6.5, clip_on=False, mec=BEST, mew=ring)
        if len(seeds) > 1:
            ax.plot(places[1:], [row + 0.5] * len(seeds), "o", color=INK, markersize=2, clip_on=False, mew=0)
