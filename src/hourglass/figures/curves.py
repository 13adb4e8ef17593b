"""Figures of losses, loss terms and label accuracy over epochs."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from hourglass.figures.style import COLOURS, MARKERS, new_figure
from hourglass.palette import VARIANTS, of_variant
from hourglass.records import Curve, History

LINES: tuple[Any, ...] = ("-", (0, (7, 2)), (0, (2, 1.5)))  # of the first, second and third six variants
TERMS = {"reconstruction": "reconstruction", "kl": "KL divergence from the prior"}


def losses(training: Mapping[str, Curve], test: Mapping[str, Curve], title: str) -> Figure:
    """Plot the training and test MSE of each variant over epochs on a shared log scale, for pixels in [0, 1]."""
    text = "Each variant on its training corruption. PCA, fitted in closed form, is a dashed line."
    with new_figure(11, 4.8, title, text) as figure:
        axes = figure.subplots(1, 2, sharey=True, sharex=True)
        for ax, curves, name in zip(axes, (training, test), ("training", "test"), strict=True):
            _draw_all(ax, curves)
            ax.set(yscale="log", title=f"{name} loss")
            ax.yaxis.set_minor_formatter("{x:.3g}")
            ax.yaxis.set_major_formatter("{x:.3g}")
            ax.grid(True, which="minor", alpha=0.12)
        axes[0].set_ylabel("mean squared error per pixel, [0, 1]")
        _legend(figure, axes[1])
    return figure


def label_accuracy(curves: Mapping[str, Curve], title: str) -> Figure:
    """Draw the share of correctly classified reconstructions over epochs, with one curve per variant."""
    text = "Reconstructions of the first 1,000 test images under each variant's training corruption."
    if not any(curves.values()):
        text = "There is no label accuracy, because the images have no labels."
    with new_figure(9, 5, title, text) as figure:
        ax = figure.subplots()
        _draw_all(ax, curves)
        ax.set(ylabel="label accuracy of reconstructions")
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        _legend(figure, ax)
    return figure


def has_terms(history: History) -> bool:
    """Return whether the history contains the reconstruction and KL terms of the loss on training and test images."""
    return all(f"{split}_{term}" in history.columns for split in ("train", "test") for term in TERMS)


def loss_terms(history: History, title: str) -> Figure:
    """Draw the reconstruction term, the KL term and the sum of both over epochs, in nats per image."""
    panels = {**{name: [term] for term, name in TERMS.items()}, "negative ELBO (sum)": list(TERMS)}
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
            ax.set(xlabel="epoch")
            ax.set_title(name, fontsize=10)
        axes[0].set_ylabel("nats per image")
        axes[0].legend()
    return figure


def look(number: int) -> dict[str, Any]:
    """Return the Matplotlib colour, line style and marker of variant `number`, counted from 0."""
    return {
        "color": of_variant(number),
        "linestyle": LINES[number // len(VARIANTS) % len(LINES)],
        "marker": MARKERS[number % len(MARKERS)],
    }


def _legend(figure: Figure, ax: Axes) -> None:
    figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", handlelength=3.2)


def _draw_all(ax: Axes, curves: Mapping[str, Curve]) -> None:
    for number, (variant, curve) in enumerate(curves.items()):
        if curve and curve[0][0] == 0:
            ax.axhline(curve[0][1], color=of_variant(number), linestyle="--", label=variant)
            continue
        epochs, values = [epoch for epoch, _ in curve], [value for _, value in curve]
        ax.plot(epochs, values, **look(number), markersize=4, markevery=max(1, len(curve) // 8), label=variant)
    ax.set_xlabel("epoch")
