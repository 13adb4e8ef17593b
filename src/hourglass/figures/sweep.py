"""Results of a sweep: metrics over the latent dimension, denoising over noise, and collapsed runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hourglass.datasets import DATASETS
from hourglass.figures.curves import look
from hourglass.figures.style import STYLE, caption
from hourglass.records.sweep import TrialResult
from hourglass.stats.seeds import Curves, Group, groups, over_latent_dims, over_noise

SEEDS = "Mean over seeds; bars: standard deviation; small marks: each seed."
PUBLISHED = {"mnist": ("Hinton & Salakhutdinov 2006", 30, 3.00 / 784)}
"""By data set: source, latent dimension and test MSE of a published autoencoder (784-1000-500-250-30)."""


@dataclass(frozen=True)
class Panel:
    """A metric of `metrics/sweep.csv` with its axis label and number format."""

    key: str
    label: str
    format: str
    logarithmic: bool = False


PANELS: dict[str, list[Panel]] = {
    "rate-distortion": [Panel("mse", "test MSE per pixel, [0, 1]", "{x:.3g}", logarithmic=True)],
    "classes": [
        Panel("label_accuracy", "label accuracy of reconstructions", "{x:.0%}"),
        Panel("knn", "10-NN accuracy of codes", "{x:.0%}"),
    ],
}
"""Figures over the latent dimension, by file name."""


def pictures(trials: Sequence[TrialResult], dataset: str, places: Mapping[str, int]) -> dict[str, Figure]:
    """Draw the figures of one data set that have data, by file name.

    Args:
        trials: rows of the sweep's table.
        dataset: data set.
        places: positions of variants in params.yaml, which decide their colours; others follow.
    """
    selected = [trial for trial in trials if trial.dataset == dataset]
    latent, noise, every = over_latent_dims(selected), over_noise(selected), groups(selected)
    others = dict.fromkeys(trial.variant for trial in selected if trial.variant not in places)
    numbers = {**places, **{name: number for number, name in enumerate(others, 1 + max(places.values(), default=-1))}}
    title = DATASETS[dataset].title
    figures = {}
    if latent:
        published = PUBLISHED.get(dataset)
        figures = {name: _over_latent_dims(latent, of, title, numbers, published) for name, of in PANELS.items()}
    if any(line[0].strengths() for curves in noise.values() for line in curves.values()):
        figures["restoration"] = restoration(noise, title)
    if trained := [group for group in every if group.sigma or group.variant != "pca"]:
        figures["collapse"] = collapse(trained, title)
    return figures


def _over_latent_dims(
    grids: Mapping[str, Curves],
    panels: Sequence[Panel],
    title: str,
    numbers: Mapping[str, int],
    published: tuple[str, int, float] | None,
) -> Figure:
    """Draw metrics over the latent dimension, one row per grid."""
    with rc_context(STYLE):
        figure = Figure(figsize=(1 + 5.5 * len(panels), 0.8 + 4.2 * len(grids)))
        rows = figure.subplots(len(grids), len(panels), squeeze=False)
        for axes, (grid, curves) in zip(rows, grids.items(), strict=True):
            for ax, panel in zip(axes, panels, strict=True):
                for variant, line in curves.items():
                    values = [line_group.values(panel.key) for line_group in line]
                    _plot(ax, variant, numbers[variant], [group.latent for group in line], values)
                if panel.key == "mse" and published:
                    ax.plot(published[1], published[2], "k*", markersize=11, label=published[0])
                ax.set(xlabel="latent dimension", ylabel=panel.label, xscale="log")
                if panel.logarithmic:
                    ax.set_yscale("log")
                    ax.yaxis.set_minor_formatter(panel.format)
                ax.yaxis.set_major_formatter(panel.format)
                dims = sorted({group.latent for line in curves.values() for group in line})
                ax.set_xticks(dims, [str(dim) for dim in dims])
                ax.xaxis.set_minor_locator(NullLocator())
                ax.set_title(_describe(grid, [group for line in curves.values() for group in line]), fontsize=10)
            axes[-1].legend()
        caption(figure, f"{title}: cost of a bottleneck", SEEDS)
    return figure


def restoration(grids: Mapping[str, Curves], title: str) -> Figure:
    """Draw the PSNR of denoised test images over their noise, one panel per grid and variant."""
    lines = {f"{grid} {variant}": line for grid, curves in grids.items() for variant, line in curves.items()}
    with rc_context(STYLE):
        figure = Figure(figsize=(1 + 6 * len(lines), 5))
        for ax, (name, line) in zip(figure.subplots(1, len(lines), squeeze=False)[0], lines.items(), strict=True):
            sigmas = line[0].strengths()
            x = [float(sigma) for sigma in sigmas]
            for number, group in enumerate(line):
                values = [group.values(f"restored_sigma_{sigma}_psnr") for sigma in sigmas]
                _plot(ax, f"trained with σ = {group.sigma}", number, x, values)
            noisy = [line[0].mean(f"noisy_sigma_{sigma}_psnr") for sigma in sigmas]
            ax.plot(x, noisy, "k:", label="noisy images")
            ax.set(xlabel="σ of the noise on test images", ylabel="PSNR, dB")
            ax.set_title(_describe(name, line), fontsize=10)
            ax.legend()
        caption(figure, f"{title}: denoising under other noise than in training", SEEDS)
    return figure


def collapse(trained: Sequence[Group], title: str) -> Figure:
    """Draw the share of collapsed runs: one row per grid and variant, one column per latent dimension."""
    rows = list(dict.fromkeys((group.grid, group.variant, group.sigma, group.epochs) for group in trained))
    dims = sorted({group.latent for group in trained})
    shares = np.full((len(rows), len(dims)), np.nan)
    with rc_context(STYLE | {"axes.grid": False}):
        figure = Figure(figsize=(5 + 0.8 * len(dims), 1.8 + 0.34 * len(rows)))
        ax = figure.subplots()
        for group in trained:
            row, column = rows.index((group.grid, group.variant, group.sigma, group.epochs)), dims.index(group.latent)
            collapsed = sum(group.values("collapsed"))
            shares[row, column] = collapsed / len(group.trials)
            colour = "white" if shares[row, column] > 0.5 else "black"
            text = f"{collapsed:.0f} of {len(group.trials)}"
            ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
        ax.imshow(shares, cmap="OrRd", vmin=0, vmax=1, aspect="auto")
        ax.set_xticks(range(len(dims)), [str(dim) for dim in dims])
        ax.set_yticks(range(len(rows)), [_label(*row) for row in rows])
        ax.set_xlabel("latent dimension")
        caption(figure, f"{title}: collapsed runs", "Collapsed: test MSE above 90 % of that of the mean image.")
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


def _label(grid: str, variant: str, sigma: str, epochs: int) -> str:
    noise = f", σ {sigma}" if sigma else ""
    return f"{variant}{noise} ({grid}, {epochs} epochs)"
