"""What a sweep found: error, classes and collapses against the size of the code, restoration against noise."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from hourglass.datasets.registry import DATASETS
from hourglass.figures.curves import look
from hourglass.figures.style import STYLE
from hourglass.records.sweep import Trial
from hourglass.stats.seeds import Curves, Group, groups, over_latent_dims, over_noise

SEEDS = "Mean over seeds; bars: standard deviation; small marks: each seed."
# Hinton & Salakhutdinov 2006, MNIST: squared error of a test image, 784-1000-500-250-30 after pretraining
PUBLISHED = {"mnist": ("Hinton & Salakhutdinov 2006", 30, 3.00 / 784)}


def pictures(trials: Sequence[Trial], dataset: str, places: Mapping[str, int]) -> dict[str, Figure]:
    """By name, those for which there are trials of the data set; the others are left out.

    places: of variants in params.yaml, by which they have their colours; those without come after them.
    """
    own = [trial for trial in trials if trial.dataset == dataset]
    sizes, noise, found = over_latent_dims(own), over_noise(own), groups(own)
    others = dict.fromkeys(one.variant for one in own if one.variant not in places)
    numbers = {**places, **{name: number for number, name in enumerate(others, 1 + max(places.values(), default=-1))}}
    figures = {}
    if sizes:
        figures["rate-distortion"] = rate_distortion(sizes, dataset, numbers)
        figures["classes"] = classes(sizes, dataset, numbers)
    if any(line[0].strengths() for curves in noise.values() for line in curves.values()):
        figures["restoration"] = restoration(noise, dataset)
    if trained := [group for group in found if group.sigma or group.variant != "pca"]:
        figures["collapse"] = collapse(trained, dataset)
    return figures


def rate_distortion(grids: Mapping[str, Curves], dataset: str, numbers: Mapping[str, int]) -> Figure:
    """Test MSE of clean images against code size, a panel a grid. numbers: of the variants, for their looks."""
    with rc_context(STYLE):
        figure, axes = _panels(grids, f"{DATASETS[dataset].title}: what a bottleneck costs")
        for ax, curves in zip(axes, grids.values(), strict=True):
            _lines(ax, curves, numbers, "clean.mse")
            if dataset in PUBLISHED:
                name, size, error = PUBLISHED[dataset]
                ax.plot(size, error, "k*", markersize=11, label=name)
            ax.set(xlabel="numbers in the code", ylabel="test MSE per pixel, [0, 1]", xscale="log", yscale="log")
            _latent_dims(ax, curves)
            ax.yaxis.set_major_formatter("{x:.3g}")
            ax.yaxis.set_minor_formatter("{x:.3g}")
            ax.legend()
    return figure


def classes(grids: Mapping[str, Curves], dataset: str, numbers: Mapping[str, int]) -> Figure:
    """What a reconstruction and what a code keep of the class, against code size: a row a grid."""
    with rc_context(STYLE):
        figure = Figure(figsize=(10.5, 0.8 + 4.2 * len(grids)))
        rows = figure.subplots(len(grids), 2, squeeze=False)
        for (kept, nearest), (grid, curves) in zip(rows, grids.items(), strict=True):
            _lines(kept, curves, numbers, "clean.label_accuracy")
            _lines(nearest, curves, numbers, "code.knn")
            for ax, what in ((kept, "class kept by the reconstruction"), (nearest, "10-NN accuracy of the code")):
                ax.set(xlabel="numbers in the code", ylabel=f"{what}, share of test images", xscale="log")
                ax.set_title(_grid(grid, curves), fontsize=10)
                ax.yaxis.set_major_formatter("{x:.0%}")
                _latent_dims(ax, curves)
            nearest.legend()
        figure.suptitle(f"{DATASETS[dataset].title}: what is left of the classes", fontsize=11)
        figure.supxlabel(SEEDS, fontsize=9)
    return figure


def restoration(grids: Mapping[str, Curves], dataset: str) -> Figure:
    """PSNR of what each network makes of noisy test images against their noise, a panel a grid and variant."""
    named = {f"{grid} {variant}": line for grid, curves in grids.items() for variant, line in curves.items()}
    with rc_context(STYLE):
        figure = Figure(figsize=(1 + 6 * len(named), 5))
        panels = figure.subplots(1, len(named), squeeze=False)[0]
        for ax, (name, line) in zip(panels, named.items(), strict=True):
            strengths = line[0].strengths()
            for number, group in enumerate(line):
                columns = [f"restored_sigma_{sigma}_psnr" for sigma in strengths]
                _line(
                    ax,
                    f"trained at σ = {group.sigma}",
                    number,
                    [float(sigma) for sigma in strengths],
                    [(group.mean(column), group.deviation(column), group.values(column)) for column in columns],
                )
            noisy = [line[0].mean(f"noisy_sigma_{sigma}_psnr") for sigma in strengths]
            ax.plot([float(sigma) for sigma in strengths], noisy, "k:", label="left as they are")
            ax.set(xlabel="standard deviation of the noise on test images", ylabel="PSNR, dB")
            ax.set_title(_described(name, line), fontsize=10)
            ax.legend()
        figure.suptitle(f"{DATASETS[dataset].title}: noise that was trained with, and noise that was not", fontsize=11)
        figure.supxlabel(SEEDS, fontsize=9)
    return figure


def collapse(found: Sequence[Group], dataset: str) -> Figure:
    """How many trainings ended at hardly better than the mean image: a row a grid and variant, a column a code size."""
    rows = list(dict.fromkeys((group.grid, group.variant, group.sigma, group.epochs) for group in found))
    sizes = sorted({group.latent for group in found})
    counts = {(group.grid, group.variant, group.sigma, group.epochs, group.latent): group for group in found}
    with rc_context(STYLE | {"axes.grid": False}):
        figure = Figure(figsize=(5 + 0.8 * len(sizes), 1.8 + 0.34 * len(rows)))
        ax = figure.subplots()
        shares = np.full((len(rows), len(sizes)), np.nan)
        for place in np.ndindex(shares.shape):
            group = counts.get((*rows[place[0]], sizes[place[1]]))
            if group is not None:
                collapsed = sum(group.values("collapsed"))
                shares[place] = collapsed / len(group.trials)
                text = f"{collapsed:.0f} of {len(group.trials)}"
                colour = "white" if shares[place] > 0.5 else "black"
                ax.text(place[1], place[0], text, ha="center", va="center", color=colour, fontsize=9)
        ax.imshow(shares, cmap="OrRd", vmin=0, vmax=1, aspect="auto")
        ax.set_xticks(range(len(sizes)), [str(size) for size in sizes])
        ax.set_yticks(range(len(rows)), [_row(*row) for row in rows])
        ax.set_xlabel("numbers in the code")
        figure.suptitle(f"{DATASETS[dataset].title}: trainings that collapsed", fontsize=11)
        figure.supxlabel(
            "Collapsed: a test MSE within 10 % of the mean image's, or worse. Longer training may end it.", fontsize=9
        )
    return figure


def _panels(grids: Mapping[str, Curves], title: str) -> tuple[Figure, Iterable[Axes]]:
    figure = Figure(figsize=(1 + 6 * len(grids), 5))
    axes = figure.subplots(1, len(grids), squeeze=False)[0]
    for ax, (grid, curves) in zip(axes, grids.items(), strict=True):
        ax.set_title(_grid(grid, curves), fontsize=10)
    figure.suptitle(title, fontsize=11)
    figure.supxlabel(SEEDS, fontsize=9)
    return figure, axes


def _lines(ax: Axes, curves: Curves, numbers: Mapping[str, int], column: str) -> None:
    """A column of the table against code size, a line a variant."""
    for variant, line in curves.items():
        values = [(group.mean(column), group.deviation(column), group.values(column)) for group in line]
        _line(ax, variant, numbers[variant], [group.latent for group in line], values)


def _line(
    ax: Axes, label: str, number: int, places: Sequence[float], values: Sequence[tuple[float, float, Sequence[float]]]
) -> None:
    style = look(number)
    means, deviations = [value[0] for value in values], [value[1] for value in values]
    ax.errorbar(places, means, yerr=deviations, capsize=3, linewidth=1.4, markersize=5, label=label, **style)
    for place, (_, _, each) in zip(places, values, strict=True):
        ax.plot([place] * len(each), each, **(style | {"linestyle": ""}), markersize=2.5, alpha=0.6)


def _latent_dims(ax: Axes, curves: Curves) -> None:
    sizes = sorted({group.latent for line in curves.values() for group in line})
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.xaxis.set_minor_locator(NullLocator())


def _grid(grid: str, curves: Curves) -> str:
    return _described(grid, [group for line in curves.values() for group in line])


def _described(name: str, found: Sequence[Group]) -> str:
    """A grid in words: how long was trained, with how many seeds."""
    epochs = sorted({group.epochs for group in found if group.epochs > 1} or {1})
    seeds = max(len(group.trials) for group in found)
    return f"{name}: {' or '.join(map(str, epochs))} epochs, {seeds} seeds"


def _row(grid: str, variant: str, sigma: str, epochs: int) -> str:
    noise = f", σ {sigma}" if sigma else ""
    return f"{variant}{noise} ({grid}, {epochs} epochs)"
