"""Figures of a sweep show its numbers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from sweeping import row

from hourglass.figures.sweep import pictures
from hourglass.records.sweep import TrialResult


def latent_dims(dataset: str = "digits") -> list[TrialResult]:
    """Return `linear` with three seeds and PCA with one, each with three latent dimensions."""
    linear = [
        row("linear", dim, seed, dataset=dataset, mse=0.1 / dim + 0.001 * seed, collapsed=seed == 2 and dim == 2)
        for dim in (2, 8, 32)
        for seed in range(3)
    ]
    return linear + [row("pca", dim, dataset=dataset, mse=0.05 / dim, epochs=1) for dim in (2, 8, 32)]


def noise() -> list[TrialResult]:
    """Return `denoising`, trained at two noise levels and a range."""
    return [
        row("denoising", seed=seed, grid="noise", sigma=sigma, **{"restored_sigma_0.3_psnr": 15.0 + seed})
        for sigma in ("0.1", "0.3", "0.1–0.3")
        for seed in range(2)
    ]


@pytest.mark.parametrize(
    ("trials", "names"),
    [
        ([], []),
        ([row("pca")], []),
        (latent_dims(), ["rate-distortion", "classes"]),
        ([replace(row("pca", dim), results={"mse": 0.1 / dim}) for dim in (2, 4)], ["rate-distortion"]),  # no labels
        (noise(), ["restoration"]),
        (latent_dims("mnist"), []),
        ([replace(trial, results={}) for trial in latent_dims()], []),
    ],
)
def test_only_what_was_swept_is_drawn(trials: Sequence[TrialResult], names: list[str]) -> None:
    assert list(pictures(trials, "digits")) == names


def named(ax: Axes) -> dict[str, Line2D]:
    """Return the lines that are labelled."""
    return {str(line.get_label()): line for line in ax.lines if not str(line.get_label()).startswith("_")}


def test_errors_are_drawn_with_every_seed_and_their_mean() -> None:
    (ax,) = pictures(latent_dims(), "digits")["rate-distortion"].axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    lines = named(ax)
    assert np.allclose(lines["linear"].get_xydata(), [[dim, 0.1 / dim + 0.001] for dim in (2, 8, 32)])
    assert (lines["linear"].get_linestyle(), lines["pca"].get_linestyle()) == ("-", "--")
    seeds = [line.get_xydata() for line in ax.lines if line not in lines.values()]
    assert any(np.shape(points) == (3, 2) and np.allclose(points[:, 1], [0.05, 0.051, 0.052]) for points in seeds)
    assert {text.get_text().strip() for text in ax.texts} == {"linear", "pca"}


def test_denoising_is_drawn_with_the_unprocessed_images() -> None:
    (ax,) = pictures(noise(), "digits")["restoration"].axes
    lines = named(ax)
    assert np.allclose(lines["σ = 0.1"].get_xydata(), [[0.1, 20.0], [0.3, 15.5]])
    assert np.allclose(lines["noisy images"].get_xydata(), [[0.1, 20.0], [0.3, 10.5]])
