"""Figures of a sweep show its numbers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sweeping import row

from hourglass.figures import style
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
        ([row("pca", 2), row("pca", 4)], ["rate-distortion", "classes"]),
        ([row("pca")], []),
        (latent_dims(), ["rate-distortion", "classes", "collapse"]),
        (noise(), ["restoration", "collapse"]),
        (latent_dims("mnist"), []),
        ([replace(trial, results={}) for trial in latent_dims()], []),
    ],
)
def test_only_what_was_swept_is_drawn(trials: Sequence[TrialResult], names: list[str]) -> None:
    assert list(pictures(trials, "digits", {})) == names


def test_errors_are_drawn_with_their_mean_over_seeds() -> None:
    (ax,) = pictures(latent_dims(), "digits", {})["rate-distortion"].axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    means, _, _ = ax.containers[0].lines  # type: ignore[attr-defined]
    assert np.allclose(means.get_xydata(), [[dim, 0.1 / dim + 0.001] for dim in (2, 8, 32)])


def test_denoising_is_drawn_with_the_unprocessed_images() -> None:
    (ax,) = pictures(noise(), "digits", {})["restoration"].axes
    means, _, _ = ax.containers[0].lines  # type: ignore[attr-defined]
    assert np.allclose(means.get_xydata(), [[0.1, 20.0], [0.3, 15.5]])
    drawn = [np.asarray(line.get_xydata()) for line in ax.lines]
    assert any(line.shape == (2, 2) and np.allclose(line, [[0.1, 20.0], [0.3, 10.5]]) for line in drawn)


def test_collapsed_runs_are_counted() -> None:
    (ax,) = pictures(latent_dims(), "digits", {})["collapse"].axes
    assert [text.get_text() for text in ax.texts] == ["1 of 3", "0 of 3", "0 of 3"]


def test_equal_trials_give_equal_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    for path in (first, second):
        style.save(pictures(latent_dims(), "digits", {})["rate-distortion"], path)
    assert first.read_bytes() == second.read_bytes()
