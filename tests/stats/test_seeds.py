"""Tests of the groups of runs that differ in their seed alone, and of curves of single runs."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from hourglass.records.sweep import TrialResult
from hourglass.stats import (
    groups,
    interpolation_agreement,
    most_confused,
    neighbour_confusion,
    settled_epoch,
    stray_mixtures,
    varying,
)

TRIAL = TrialResult("dims", "digits", "linear", 8, "", 5, 0, "key", {"mse": 0.5})


def trial(variant: str = "linear", **changes: Any) -> TrialResult:
    return replace(TRIAL, variant=variant, **changes)


def test_runs_of_a_group_differ_in_their_seed_alone() -> None:
    others = [trial(**change) for change in ({"latent": 3}, {"epochs": 6}, {"sigma": "0.1"}, {"grid": "other"})]
    failed = trial("vae", results={})
    grouped = groups([trial(seed=0), trial("strided"), trial(seed=1), failed, *others])
    assert grouped[0].values("mse") == [0.5, 0.5]
    assert groups([trial(seed=0), trial(seed=1, results={"mse": 0.5, "new": 2.0})])[0].values("new") == [2.0]
    assert [(group.variant, len(group.trials)) for group in grouped] == [
        ("linear", 2),
        ("strided", 1),
        *[("linear", 1)] * 4,
    ]


def test_curves_are_of_variants_with_several_settings() -> None:
    dims = [trial(latent=latent) for latent in (32, 2, 8)]
    noise = [trial("denoising", sigma=sigma) for sigma in ("0.5", "0.1", "0.1–0.5")]
    curves = varying(groups([*dims, *noise, trial("strided")]), "latent")
    assert {name: [group.latent for group in line] for name, line in curves["dims"].items()} == {"linear": [2, 8, 32]}
    curves = varying(groups([*dims, *noise]), "sigma")
    assert {name: [group.sigma for group in line] for name, line in curves["dims"].items()} == {
        "denoising": ["0.5", "0.1", "0.1–0.5"]
    }


@pytest.mark.parametrize(
    ("curve", "epoch"),
    [
        ([(epoch, 1.0 if epoch < 15 else 0.5) for epoch in range(1, 61)], 15),
        # 0.1 + 1/n is within 5 % of 0.1 + 1/60 from n = 45: 1/45 - 1/60 < 0.05 (0.1 + 1/60)
        ([(epoch, 0.1 + 1 / epoch) for epoch in range(1, 61)], 45),
        ([(epoch, 1 / epoch**2) for epoch in range(1, 61)], None),  # still falls
        ([(1, 0.5)], None),
    ],
)
def test_a_loss_settles_where_it_stays_near_its_final_value(curve: list[tuple[int, float]], epoch: int | None) -> None:
    assert settled_epoch(curve) == epoch


def test_interpolated_images_are_compared_with_the_classes_of_their_ends() -> None:
    predictions = torch.tensor([[5, 5, 7, 5], [5, 9, 9, 1]]).byte()
    labels = torch.tensor([[5, 5], [5, 9]]).byte()
    assert interpolation_agreement(predictions, labels, same_class=True) == (3, 4)
    assert interpolation_agreement(predictions, labels, same_class=False) == (3, 4)
    assert interpolation_agreement(predictions, labels[:1].repeat(2, 1), same_class=False) == (0, 0)


def test_confusions_are_counted_by_true_class() -> None:
    """Two groups of twelve codes, of which one image of the first lies among the second."""
    codes = torch.arange(24).div(12, rounding_mode="floor")[:, None] * 100.0 + torch.arange(24)[:, None] / 100
    labels = codes.flatten().ge(50).byte()
    labels[20] = 0
    counts = neighbour_confusion(codes, labels, 3)
    assert counts.tolist() == [[12, 1, 0], [0, 11, 0], [0, 0, 0]]
    assert most_confused(counts, 1) == [(0, 1)]
    assert most_confused(counts, 1, label=1) == [(1, 0)]


def test_mixtures_classified_as_neither_class_are_strays() -> None:
    predictions = torch.tensor([[0, 1, 1], [1, 1, 0], [0, 0, 1]]).byte()
    assert stray_mixtures(predictions).tolist() == [[False, False, True], [False, False, True], [False, True, True]]
    assert stray_mixtures(torch.zeros(0, 0).byte()).shape == (0, 0)
