"""Figures of losses, loss terms and label accuracy over epochs."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter
from scipy.optimize import isotonic_regression  # type: ignore[import-untyped]

from hourglass.figures.style import COLOURS, MARKERS, new_figure
from hourglass.palette import of_variant
from hourglass.records import Curve, History

PANEL_CURVES = 4
LABEL_GAP = 0.055  # between the labels of curves, as a fraction of the axis
TICKS, TICKS_OF_LONG_AXES = (1, 1.2, 1.5, 2, 3, 5, 7), (1, 2, 5)  # within a power of ten
TERMS = {"reconstruction": "reconstruction", "kl": "KL divergence from the prior"}


def losses(
    training: Mapping[str, Curve], test: Mapping[str, Curve], title: str, sheets: Mapping[str, Sequence[str]] = {}
) -> Figure:
    """Plot the test MSE (dark lines) and training MSE (pale lines) of each variant over epochs.

    Args:
        training: training MSE with pixels in [0, 1], keyed by variant.
        test: test MSE with pixels in [0, 1], keyed by variant.
        title: title of the figure.
        sheets: variants of each exercise sheet, keyed by sheet. Each sheet has its own panels.
    """
    text = (
        "Strong: test loss, with its last value; light: training loss, both on the variant's training corruption. "
        "Dashed: fitted in closed form."
    )
    return _panels(test, training, sheets, title, text, "mean squared error per pixel, [0, 1]", "{:#.3g}", log=True)


def label_accuracy(curves: Mapping[str, Curve], title: str, sheets: Mapping[str, Sequence[str]] = {}) -> Figure:
    """Plot the label accuracy of reconstructions over epochs, with separate panels for each exercise sheet."""
    text = (
        "Reconstructions of the first 1,000 test images under each variant's training corruption, with the last value. "
        "Dashed: fitted in closed form."
    )
    if not any(curves.values()):
        text = "There is no label accuracy, because the images have no labels."
    return _panels(curves, {}, sheets, title, text, "label accuracy of reconstructions", "{:.1%}")


def look(number: int) -> dict[str, Any]:
    """Return the Matplotlib colour and marker of the curve with index `number` in a panel."""
    return {"color": of_variant(number), "marker": MARKERS[number % len(MARKERS)]}


def log_scale(ax: Axes) -> None:
    """Make the y-axis logarithmic, with ticks at and between powers of ten."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.yaxis.set_major_locator(LogLocator(subs=TICKS if high < 30 * low else TICKS_OF_LONG_AXES))
    ax.yaxis.set_major_formatter("{x:.3g}")
    ax.yaxis.set_minor_locator(NullLocator())


def label_lines(ax: Axes, form: str = "") -> None:
    """Write the label and the last value of each line to the right of the axes.

    `form` is a format string such as `{:.1%}`, or empty to omit the value. Axis limits must be set before the call.
    """
    last = {line: np.asarray(line.get_xydata())[-1:] for line in ax.get_lines()}
    named = (line for line, point in last.items() if len(point) and not str(line.get_label()).startswith("_"))
    lines = sorted(named, key=lambda line: last[line][0, 1])
    ax.get_ylim()  # updates the transformations
    ends = [(line.get_transform() - ax.transAxes).transform(last[line][0]) for line in lines]
    gaps = LABEL_GAP * np.arange(len(lines))
    # the nearest heights that are at least one gap apart
    heights = gaps + isotonic_regression([y for _, y in ends] - gaps).x
    for line, end, height in zip(lines, ends, heights, strict=True):
        text = f"{line.get_label()} {form.format(last[line][0, 1])}"
        arrow = {"arrowstyle": "-", "color": line.get_color(), "linewidth": 0.6, "relpos": (0, 0.5), "shrinkB": 1}
        ax.annotate(
            text, tuple(end), (1.04, height), "axes fraction", va="center", fontsize=9, color=line.get_color(),
            arrowprops=arrow, annotation_clip=False,
        )  # fmt: skip


def has_terms(history: History) -> bool:
    """Return whether a history has the reconstruction and KL terms of the loss for training and test images."""
    return all(f"{split}_{term}" in history.columns for split in ("train", "test") for term in TERMS)


def loss_terms(history: History, title: str) -> Figure:
    """Plot the reconstruction term, the KL term and their sum over epochs, in nats per image."""
    panels = {**{name: [term] for term, name in TERMS.items()}, "negative ELBO, the sum of both terms": list(TERMS)}
    text = "Codes are sampled. Training: mean over the epoch; test: after it. Grey values count as probabilities."
    with new_figure(11, 4, title, text) as figure:
        axes = figure.subplots(1, len(panels))
        for ax, (name, terms) in zip(axes, panels.items(), strict=True):
            for number, split in enumerate(("train", "test")):
                columns = [history.columns[f"{split}_{term}"] for term in terms]
                points = zip(history.epochs, zip(*columns, strict=True), strict=True)
                complete = [(epoch, sum(values)) for epoch, values in points if None not in values]
                x, y = zip(*complete, strict=True)
                ax.plot(x, y, color=COLOURS[number], marker="os"[number], markersize=4, label=f"{split} images")
            ax.set(xlabel="epoch", title=name)
        axes[0].set_ylabel("nats per image")
        axes[0].legend()
    return figure


def _panels(
    curves: Mapping[str, Curve], light: Mapping[str, Curve], sheets: Mapping[str, Sequence[str]],
    title: str, caption: str, quantity: str, form: str, log: bool = False,
) -> Figure:  # fmt: skip
    """Plot labelled `curves` over paler `light` ones, with separate panels for each exercise sheet.

    Each label includes the last value of its curve, formatted with `form`, such as `{:.1%}`. `quantity` is the label of
    the y-axis. Curves that start at epoch 0, of closed-form variants, become dashed horizontal lines in all panels.
    """
    closed_form = {name: curve[0][1] for name, curve in curves.items() if curve and curve[0][0] == 0}
    panels = _groups([name for name in curves if name not in closed_form], sheets) or [("", [])]
    columns = min(2, len(panels))
    count = ceil(len(panels) / columns)
    with new_figure(0.4 + 4.8 * columns, 0.8 + 3.2 * count, title, caption) as figure:
        axes = figure.subplots(count, columns, sharey=True, squeeze=False)
        for ax, (name, variants) in zip(axes.flat, panels, strict=False):
            for number, variant in enumerate(variants):
                x, y = np.reshape(curves[variant], (-1, 2)).T
                ax.plot(
                    *np.reshape(light.get(variant, ()), (-1, 2)).T, color=of_variant(number), linewidth=1, alpha=0.45
                )
                ax.plot(x, y, **look(number), markersize=4, markevery=max(1, len(x) // 8), label=variant)
            for variant, value in closed_form.items():
                ax.axhline(value, color="0.35", linestyle="--", linewidth=1, label=variant)
            ax.set(title=name, xlabel="epoch")
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        for ax in axes.flat[len(panels) :]:
            ax.set_visible(False)
        for ax in axes.flat[: len(panels)]:
            if log:
                log_scale(ax)
            label_lines(ax, form)
        figure.supylabel(quantity, fontsize=10)
    return figure


def _groups(variants: Sequence[str], sheets: Mapping[str, Sequence[str]]) -> list[tuple[str, list[str]]]:
    """Split variants into panels (title, variants) of at most four variants: first by sheet, then all others."""
    groups, rest = [], list(variants)
    for title, names in [*((f"sheet {name}", names) for name, names in sheets.items()), ("other", list(variants))]:
        members = [name for name in rest if name in names]
        rest = [name for name in rest if name not in members]
        starts = range(0, len(members), PANEL_CURVES)
        groups += [(title if sheets else "", members[start : start + PANEL_CURVES]) for start in starts]
    return groups
