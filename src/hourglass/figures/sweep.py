"""Figures of sweep results: metrics against latent dimension, denoising against noise level, and collapsed runs."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from hourglass.datasets import DATASETS
from hourglass.figures.curves import look
from hourglass.figures.style import new_figure
from hourglass.records.sweep import TrialResult
from hourglass.stats import Curves, Group, groups, varying

SEEDS = "Mean over seeds; bars: standard deviation; small marks: each seed."
PUBLISHED = {"mnist": ("Hinton & Salakhutdinov 2006", 30, 3.00 / 784)}
"""By data set: source, latent dimension and test MSE of a published autoencoder (784-1000-500-250-30)."""
PANELS = {
    "rate-distortion": [("mse", "test MSE per pixel, [0, 1]", "{x:.3g}")],
    "classes": [
        ("label_accuracy", "label accuracy of reconstructions", "{x:.0%}"),
        ("knn", "10-NN accuracy of codes", "{x:.0%}"),
    ],
}
"""Figures over the latent dimension by file name: columns of `metrics/sweep.csv`, axis labels and number formats."""


def pictures(trials: Sequence[TrialResult], dataset: str, places: Mapping[str, int]) -> dict[str, Figure]:
    """Draw every sweep figure for which `dataset` has results, and return the figures keyed by file name.

    Args:
        trials: rows of the sweep table, for all data sets.
        dataset: name of the data set to draw.
        places: position of each variant in params.yaml, which determines its colour. Unlisted variants come last.
    """
    every = groups(trial for trial in trials if trial.dataset == dataset)
    latent, noise = varying(every, "latent"), varying(every, "sigma")
    numbers = dict(places)
    for group in every:
        numbers.setdefault(group.variant, 1 + max(numbers.values(), default=-1))
    title, figures = DATASETS[dataset].title, {}
    if latent:
        figures = {name: _over_latent_dims(latent, name, dataset, numbers) for name in PANELS}
    if any(line[0].strengths() for curves in noise.values() for line in curves.values()):
        figures["restoration"] = _restoration(noise, title)
    if trained := [group for group in every if group.sigma or group.variant != "pca"]:
        figures["collapse"] = _collapse(trained, title)
    return figures


def _over_latent_dims(grids: Mapping[str, Curves], name: str, dataset: str, numbers: Mapping[str, int]) -> Figure:
    """Plot the metrics in `PANELS[name]` against the latent dimension, with one row of panels per sweep grid."""
    panels, title = PANELS[name], f"{DATASETS[dataset].title}: cost of a bottleneck"
    with new_figure(1 + 5.5 * len(panels), 0.8 + 4.2 * len(grids), title, SEEDS) as figure:
        rows = figure.subplots(len(grids), len(panels), squeeze=False)
        for axes, (grid, curves) in zip(rows, grids.items(), strict=True):
            members = [group for line in curves.values() for group in line]
            dims = sorted({group.latent for group in members})
            for ax, (key, label, form) in zip(axes, panels, strict=True):
                for variant, line in curves.items():
                    values = [group.values(key) for group in line]
                    _plot(ax, variant, numbers[variant], [group.latent for group in line], values)
                ax.set(xlabel="latent dimension", ylabel=label, xscale="log")
                if key == "mse":
                    if dataset in PUBLISHED:
                        source, latent, mse = PUBLISHED[dataset]
                        ax.plot(latent, mse, "k*", markersize=11, label=source)
                    ax.set_yscale("log")
                    ax.yaxis.set_minor_locator(LogLocator(subs=(2, 3, 5)))
                    ax.yaxis.set_minor_formatter(form)
                ax.yaxis.set_major_formatter(form)
                ax.set_xticks(dims, [str(dim) for dim in dims])
                ax.xaxis.set_minor_locator(NullLocator())
                ax.set_title(_describe(grid, members), fontsize=10)
            axes[-1].legend()
    return figure


def _restoration(grids: Mapping[str, Curves], title: str) -> Figure:
    """Draw the PSNR of denoised test images against the noise level, with one panel per sweep grid and variant."""
    lines = {f"{grid} {variant}": line for grid, curves in grids.items() for variant, line in curves.items()}
    title = f"{title}: denoising under other noise than in training"
    with new_figure(1 + 6 * len(lines), 5, title, SEEDS) as figure:
        for ax, (name, line) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines.items(), strict=True):
            sigmas = line[0].strengths()
            x = [float(sigma) for sigma in sigmas]
            for number, group in enumerate(line):
                values = [group.values(f"restored_sigma_{sigma}_psnr") for sigma in sigmas]
                _plot(ax, f"trained with σ = {group.sigma}", number, x, values)
            noisy = [np.mean(line[0].values(f"noisy_sigma_{sigma}_psnr")) for sigma in sigmas]
            ax.plot(x, noisy, "k:", label="noisy images")
            ax.set(xlabel="σ of the noise on test images", ylabel="PSNR, dB")
            ax.set_title(_describe(name, line), fontsize=10)
            ax.legend()
    return figure


def _collapse(trained: Sequence[Group], title: str) -> Figure:
    """Draw a heat map of the share of collapsed runs, one column per latent dimension and one row per configuration."""
    rows = list(dict.fromkeys(map(_label, trained)))
    dims = sorted({group.latent for group in trained})
    shares = np.full((len(rows), len(dims)), np.nan)
    text = "Collapsed: test MSE above 90 % of that of the mean image."
    with new_figure(5 + 0.8 * len(dims), 1.8 + 0.34 * len(rows), f"{title}: collapsed runs", text) as figure:
        ax = figure.subplots()
        for group in trained:
            row, column = rows.index(_label(group)), dims.index(group.latent)
            collapsed = sum(group.values("collapsed"))
            shares[row, column] = collapsed / len(group.trials)
            colour = "white" if shares[row, column] > 0.5 else "black"
            count = f"{collapsed:.0f} of {len(group.trials)}"
            ax.text(column, row, count, ha="center", va="center", color=colour, fontsize=9)
        ax.imshow(shares, cmap="OrRd", vmin=0, vmax=1, aspect="auto")
        ax.set_xticks(range(len(dims)), [str(dim) for dim in dims])
        ax.set_yticks(range(len(rows)), rows)
        ax.set_xlabel("latent dimension")
        ax.grid(False)
    return figure


def _plot(ax: Axes, label: str, number: int, x: Sequence[float], values: Sequence[Sequence[float]]) -> None:
    style = look(number)
    means = [float(np.mean(seeds)) for seeds in values]
    deviations = [float(np.std(seeds, ddof=1)) if len(seeds) > 1 else 0.0 for seeds in values]
    ax.errorbar(x, means, yerr=deviations, capsize=3, linewidth=1.4, markersize=5, label=label, **style)
    for place, seeds in zip(x, values, strict=True):
        ax.plot([place] * len(seeds), seeds, **(style | {"linestyle": ""}), markersize=2.5, alpha=0.6)


def _describe(name: str, members: Sequence[Group]) -> str:
    epochs = sorted({group.epochs for group in members if group.epochs > 1} or {1})
    seeds = max(len(group.trials) for group in members)
    return f"{name}: {' or '.join(map(str, epochs))} epochs, {seeds} seeds"


def _label(group: Group) -> str:
    noise = f", σ {group.sigma}" if group.sigma else ""
    return f"{group.variant}{noise} ({group.grid}, {group.epochs} epochs)"
