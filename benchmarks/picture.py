"""The one picture: how many times longer an epoch takes elsewhere."""

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from benchmarks.engines import TITLES
from benchmarks.results import Results, peers, ratios
from hourglass.figures.style import COLOURS, MARKERS, STYLE

TICKS = (0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 100)


def epochs(found: Results) -> Figure:
    """A row a variant, a mark an engine, a line from the least to the most of the rounds' ratios."""
    variants = found["variants"]
    shown = peers(found)
    with rc_context(STYLE):
        figure = Figure(figsize=(8.5, 1.6 + 0.42 * len(variants)))
        ax = figure.subplots()
        for number, engine in enumerate(shown):
            offset = (number - (len(shown) - 1) / 2) * 0.13
            times = [ratios(variant["rounds"], engine) for variant in variants.values()]
            heights = [row + offset for row in range(len(times))]
            colour = COLOURS[number]
            ax.hlines(heights, [t.least for t in times], [t.most for t in times], color=colour, linewidth=1.5)
            medians = [t.median for t in times]
            ax.scatter(medians, heights, color=colour, marker=MARKERS[number], s=28, label=TITLES[engine], zorder=3)
        _axes(ax, list(variants))
        figure.legend(loc="outside upper center", ncols=len(shown))
    return figure


def _axes(ax, names: list[str]) -> None:  # type: ignore[no-untyped-def]
    ax.axvline(1, color="black", linewidth=1)
    ax.set(xscale="log", yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.4, -0.6))
    ax.set_xlabel("times as long as this engine (1: the black line), logarithmic")
    ax.xaxis.set_major_locator(FixedLocator(TICKS))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.grid(False, axis="y")
