"""Figures of sweep results: metrics against latent dimension, and denoising against noise level."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hourglass import datasets
from hourglass.figures.curves import label_lines, log_scale, look
from hourglass.figures.style import new_figure
from hourglass.records.sweep import TrialResult
from hourglass.stats import Curves, Group, groups, varying

SEEDS = "Points: seeds; lines: their means."
PUBLISHED = {"mnist": ("Hinton & Salakhutdinov 2006", 30, 3.00 / 784)}
"""Source, latent dimension and test MSE of a published autoencoder (784-1000-500-250-30), keyed by data set."""
PANELS = {
    "rate-distortion": {"mse": "test MSE per pixel, [0, 1]"},
    "classes": {"label_accuracy": "label accuracy of reconstructions", "knn": "10-NN accuracy of codes"},
}
"""Y-axis labels of figures over the latent dimension, keyed by file name and then by column of `metrics/sweep.csv`."""


def pictures(trials: Sequence[TrialResult], dataset: str) -> dict[str, Figure]:
    """Draw all sweep figures for which `dataset` has results. Return them keyed by file name without suffix.

    Args:
        trials: rows of the sweep table, for all data sets.
        dataset: name of the data set to draw.
    """
    every = groups(trial for trial in trials if trial.dataset == dataset)
    latent, noise = varying(every, "latent"), varying(every, "sigma")
    title, figures = datasets.title(dataset), {}
    if latent:
        measured = {column for group in every for trial in group.trials for column in trial.results}
        figures = {name: _over_latent_dims(latent, name, dataset) for name in PANELS if measured >= PANELS[name].keys()}
    if any(line[0].strengths() for curves in noise.values() for line in curves.values()):
        figures["restoration"] = _restoration(noise, title)
    return figures


def _over_latent_dims(grids: Mapping[str, Curves], name: str, dataset: str) -> Figure:
    """Plot each metric in `PANELS[name]` against the latent dimension, with one row of panels per sweep grid."""
    panels, title = PANELS[name], f"{datasets.title(dataset)}: cost of a bottleneck"
    with new_figure(
        1.6 + 5 * len(panels), 0.8 + 4.2 * len(grids), title, f"{SEEDS} Dashed: PCA, without training."
    ) as figure:
        rows = figure.subplots(len(grids), len(panels), squeeze=False)
        for axes, (grid, curves) in zip(rows, grids.items(), strict=True):
            members = [group for line in curves.values() for group in line]
            dims = sorted({group.latent for group in members})
            for ax, (key, label) in zip(axes, panels.items(), strict=True):
                _plot_all(ax, curves, key)
                ax.set(xlabel="latent dimension", ylabel=label, xscale="log", title=_describe(grid, members))
                ax.set_xticks(dims, [str(dim) for dim in dims])
                ax.xaxis.set_minor_locator(NullLocator())
                ax.yaxis.set_major_formatter("{x:.0%}")
                if key == "mse" and dataset in PUBLISHED:
                    source, *point = PUBLISHED[dataset]
                    ax.plot(*point, "k*", markersize=10)
                    ax.annotate(source, point, (-6, -4), textcoords="offset points", ha="right", va="top")
                if key == "mse":
                    log_scale(ax)
                label_lines(ax)
    return figure


def _plot_all(ax: Axes, curves: Curves, key: str) -> None:
    """Plot a metric of each variant against the latent dimension. PCA is drawn as a dashed grey line."""
    trained = [variant for variant in curves if variant != "pca"]
    for variant, line in curves.items():
        style = look(trained.index(variant)) if variant in trained else {"color": "0.35", "linestyle": "--"}
        _plot(ax, variant, style, [group.latent for group in line], [group.values(key) for group in line])


def _restoration(grids: Mapping[str, Curves], title: str) -> Figure:
    """Plot the PSNR of denoised test images against their noise level, with one line per training noise level.

    Each variant of each sweep grid has its own panel.
    """
    lines = {f"{grid} {variant}": line for grid, curves in grids.items() for variant, line in curves.items()}
    title = f"{title}: denoising under other noise than in training"
    with new_figure(
        1 + 6 * len(lines), 5, title, f"{SEEDS} The σ at the lines is that of the training noise."
    ) as figure:
        for ax, (name, line) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines.items(), strict=True):
            sigmas = line[0].strengths()
            x = [float(sigma) for sigma in sigmas]
            for number, group in enumerate(line):
                values = [group.values(f"restored_sigma_{sigma}_psnr") for sigma in sigmas]
                _plot(ax, f"σ = {group.sigma}", look(number), x, values)
            noisy = [np.mean(line[0].values(f"noisy_sigma_{sigma}_psnr")) for sigma in sigmas]
            ax.plot(x, noisy, ":", color="0.35", label="noisy images")
            ax.set(xlabel="σ of the noise on test images", ylabel="PSNR, dB", xticks=x, title=_describe(name, line))
            label_lines(ax)
    return figure


def _plot(ax: Axes, label: str, style: dict[str, Any], x: Sequence[float], values: Sequence[Sequence[float]]) -> None:
    """Plot the mean over seeds as a labelled line and each seed as a point. `values[i]` holds the values at `x[i]`."""
    ax.plot(x, [np.mean(seeds) for seeds in values], linewidth=1.5, label=label, **style | {"marker": ""})
    for place, seeds in zip(x, values, strict=True):
        points = {"marker": "o"} | style | {"linestyle": "", "markersize": 4, "markeredgewidth": 0, "alpha": 0.6}
        ax.plot([place] * len(seeds), seeds, **points)


def _describe(name: str, members: Sequence[Group]) -> str:
    epochs = sorted({group.epochs for group in members if group.epochs > 1} or {1})
    seeds = max(len(group.trials) for group in members)
    return f"{name}: {' or '.join(map(str, epochs))} epochs, {seeds} seeds"
