"""What trials that differ in their seed alone come to together."""

import random
import statistics
from dataclasses import replace

import numpy as np
import pytest
from sweeping import row

from hourglass.stats.seeds import groups, over_latent_dims, over_noise

VALUES = (0.25, 0.5, 0.8)


def test_the_deviation_is_that_of_a_sample() -> None:
    (group,) = groups([row("linear", seed=seed, mse=value) for seed, value in enumerate(VALUES)])
    assert group.values("clean.mse") == list(VALUES)
    assert group.mean("clean.mse") == statistics.mean(VALUES)
    assert group.deviation("clean.mse") == pytest.approx(np.std(VALUES, ddof=1), rel=1e-12)


def test_a_single_seed_deviates_from_nothing() -> None:
    (group,) = groups([row("pca", mse=0.5)])
    assert (group.mean("clean.mse"), group.deviation("clean.mse")) == (0.5, 0.0)


def test_trials_of_one_group_differ_in_their_seed_alone() -> None:
    others = [{"latent": 3}, {"epochs": 6}, {"sigma": "0.1"}, {"grid": "other"}]
    trials = [row("linear", seed=seed) for seed in (0, 1)] + [row("linear", **other) for other in others]
    trials.insert(1, row("strided"))
    assert [(group.variant, len(group.trials)) for group in groups(trials)] == [
        ("linear", 2),
        ("strided", 1),
        *[("linear", 1)] * 4,
    ]


def test_a_trial_that_failed_is_in_no_group() -> None:
    trials = [row("linear"), replace(row("linear", seed=1), results={}), replace(row("strided"), results={})]
    assert [(group.variant, len(group.trials)) for group in groups(trials)] == [("linear", 1)]


def test_strengths_of_noise_are_in_the_order_of_their_size() -> None:
    sizes = ["0.05", "0.1", "0.5", "1", "2", "10", "1e-05"]
    random.Random(0).shuffle(sizes)
    columns = {f"restored_sigma_{size}_psnr": 1.0 for size in sizes}
    trial = row("denoising")
    (group,) = groups([replace(trial, results=columns | {"noisy_sigma_3_psnr": 1.0, "restored_gaussian_psnr": 2.0})])
    assert group.strengths() == ["1e-05", "0.05", "0.1", "0.5", "1", "2", "10"]


def test_one_group_is_below_another_where_no_seed_is_in_between() -> None:
    low, high = (
        groups([row(name, seed=seed, mse=value) for seed, value in enumerate(values)])[0]
        for name, values in (("linear", (0.1, 0.2)), ("strided", (0.3, 0.25)))
    )
    between = groups([row("selu", seed=seed, mse=value) for seed, value in enumerate((0.0, 0.2))])[0]
    assert low.below(high, "clean.mse")
    assert not high.below(low, "clean.mse")
    assert not low.below(between, "clean.mse")
    assert not between.below(low, "clean.mse")


def test_curves_are_of_variants_with_several_sizes_the_smallest_first() -> None:
    trials = [row("linear", size) for size in (32, 2, 8)] + [row("strided", 2)]
    trials += [row("selu", 2, grid="other"), row("selu", 2, grid="other", sigma="0.1")]
    curves = over_latent_dims(trials)
    assert {grid: list(lines) for grid, lines in curves.items()} == {"sizes": ["linear"]}
    assert [group.latent for group in curves["sizes"]["linear"]] == [2, 8, 32]


def test_noise_keeps_the_order_of_its_grid() -> None:
    trials = [row("denoising", sigma=sigma) for sigma in ("0.5", "0.1", "0.1–0.5")] + [row("linear", 3), row("linear")]
    curves = over_noise(trials)
    assert {grid: list(lines) for grid, lines in curves.items()} == {"sizes": ["denoising"]}
    assert [group.sigma for group in curves["sizes"]["denoising"]] == ["0.5", "0.1", "0.1–0.5"]
