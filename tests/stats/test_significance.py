"""Tests of differences between variants: significance follows scipy's tests, paired by seed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats  # type: ignore[import-untyped]

from hourglass.stats import Difference, Runs, compare, compare_with_constant, holm

FIRST, SECOND = (0.30, 0.31, 0.32, 0.29), (0.20, 0.24, 0.23, 0.25)


def runs(*values: float, key: str = "mse", **options: Any) -> Runs:
    return Runs({key: values[0]}, {seed: {key: value} for seed, value in enumerate(values)}, **options)


def paired(*values: float) -> Runs:
    return runs(*values, pairing="network")


def single(per_image: Sequence[float]) -> Runs:
    values = torch.tensor(per_image, dtype=torch.float64)
    return Runs({"mse": values.mean().item()}, per_image={"mse": values})


def test_seeds_that_share_initial_weights_are_compared_by_a_paired_t_test() -> None:
    difference = compare(paired(*FIRST), paired(*SECOND), "mse")
    expected = stats.ttest_rel(FIRST, SECOND)
    assert difference.p == pytest.approx(expected.pvalue)
    assert difference.interval == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert (difference.test, difference.sign) == ("paired t-test", 1)


def test_other_seeds_are_compared_by_welchs_t_test() -> None:
    others = paired(*FIRST), runs(*SECOND[:3], pairing="other")
    for first, second in (others, (runs(*FIRST), runs(*SECOND[:3]))):
        difference = compare(first, second, "mse")
        expected = stats.ttest_ind(FIRST, SECOND[:3], equal_var=False)
        assert difference.p == pytest.approx(expected.pvalue)
        assert difference.interval == pytest.approx(tuple(expected.confidence_interval(0.95)))
        assert (difference.test, difference.sign) == ("Welch's t-test", 1)


def test_runs_are_compared_with_a_constant_by_a_one_sample_t_test() -> None:
    difference = compare_with_constant(FIRST, 0.33)
    expected = stats.ttest_1samp(FIRST, 0.33)
    assert difference.p == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert difference.interval == pytest.approx((low - 0.33, high - 0.33))
    assert compare_with_constant([0.3], 0.33).sign is None


@pytest.mark.parametrize(
    ("first", "second", "sign"),
    [
        ((0.30, 0.31, 0.32), (0.20, 0.22, 0.21), 1),
        ((0.30, 0.31, 0.20), (0.20, 0.22, 0.21), 0),  # one seed in the opposite direction
        ((0.25, 0.22, 0.23), (0.20, 0.20, 0.20), 0),  # two standard errors are too few for three seeds
        ((0.31, 0.41, 0.51), (0.30, 0.40, 0.50), 1),  # equal differences, although the seeds differ by more
        ((0.2, 0.2, 0.2), (0.2, 0.2, 0.2), 0),
    ],
)
def test_the_sign_is_that_of_a_significant_difference(
    first: Sequence[float], second: Sequence[float], sign: int
) -> None:
    difference = compare(paired(*first), paired(*second), "mse")
    assert difference.sign == sign
    assert difference.p is not None
    assert (difference.p < 0.05) == (sign != 0)
    assert compare(runs(0.1, 0.1), runs(0.2, 0.2), "mse").sign == -1  # without any variance


def test_only_common_seeds_with_a_value_are_paired() -> None:
    assert compare(paired(0.3, 0.31, 0.1), paired(0.2, 0.21), "mse").first == [0.3, 0.31]
    seeds = {0: {"mse": 0.3}, 1: {"mse": None}, 2: {}, 3: {"mse": 0.4}}
    gap = Runs({"mse": 0.3}, seeds, pairing="network")
    assert compare(gap, paired(0.1, 0.2, 0.3, 0.5), "mse").second == [0.1, 0.5]


def test_a_closed_form_is_a_constant() -> None:
    pca = Runs({"mse": 0.25}, {0: {"mse": 0.25}}, closed_form=True)
    lower = compare(runs(0.20, 0.21, 0.22), pca, "mse")
    assert (lower.sign, lower.second, lower.test) == (-1, [0.25], "one-sample t-test")
    turned = compare(pca, runs(0.20, 0.21, 0.22), "mse")
    assert (turned.sign, turned.first) == (1, [0.25])
    assert turned.interval == pytest.approx(tuple(-bound for bound in reversed(lower.interval or ())))
    assert compare(runs(0.20, 0.21, 0.26), pca, "mse").sign == 0


def test_p_values_of_a_family_are_corrected_by_holms_method() -> None:
    values = {"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}
    family = {name: Difference([1.0], [2.0], (-2.0, -0.5), p) for name, p in values.items()}
    corrected = holm(family | {"untested": Difference([1.0], [2.0])})
    assert {name: of.p for name, of in corrected.items()} == {
        "a": pytest.approx(0.03), "b": pytest.approx(0.06), "c": pytest.approx(0.06), "d": pytest.approx(0.02),
        "untested": None,
    }  # fmt: skip
    assert [corrected[name].sign for name in "abcd"] == [-1, 0, 0, -1]
    assert corrected["b"].interval == (-2.0, -0.5)


def test_single_runs_are_compared_by_a_bootstrap_over_test_images() -> None:
    rng = np.random.default_rng(0)
    images, noise = rng.random(400), 0.5 * rng.standard_normal(400)
    assert compare(single(images + 0.1), single(images), "mse").sign == 1
    assert compare(single(images), single(images + 0.1 + noise), "mse").sign == -1
    assert compare(single(images + 0.01 + noise), single(images), "mse").sign == 0
    difference = compare(single(noise), single(np.zeros(400)), "mse")
    low, high = difference.interval or (0.0, 0.0)
    standard_error = noise.std() / 20
    assert (high - low) / 2 == pytest.approx(1.96 * standard_error, rel=0.1)
    assert (len(difference.first), difference.p) == (1, None)


def test_the_seeds_of_one_variant_alone_are_not_used() -> None:
    images = torch.linspace(0, 1, 100).double()
    swept = Runs({"mse": 0.5}, {seed: {"mse": 0.9 + 0.01 * seed} for seed in range(3)}, {"mse": images})
    difference = compare(swept, single((images + 0.1).tolist()), "mse")
    assert (difference.first, difference.sign) == ([0.5], -1)
    assert swept.mean("mse") == pytest.approx(0.91)
    assert swept.mean("frechet_prior") is None


def test_a_single_run_without_values_per_image_is_not_tested() -> None:
    assert compare(Runs({"frechet_prior": 1.0}), Runs({"frechet_prior": 9.0}), "frechet_prior") == Difference(
        [1.0], [9.0]
    )
    assert compare(Runs({"frechet_prior": None}), Runs({"frechet_prior": 9.0}), "frechet_prior").sign is None
