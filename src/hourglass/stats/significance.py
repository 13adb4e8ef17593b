"""Significance of differences between variants: t-tests over seeds, or a bootstrap over test images."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Literal, TypeVar
from warnings import catch_warnings, simplefilter

import numpy as np
from torch import Tensor

from hourglass.metrics import Row

CONFIDENCE = 0.95
RESAMPLES = 1000

Test = Literal["paired t-test", "Welch's t-test", "one-sample t-test", "bootstrap"]
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Runs:
    """Metrics of all runs of one variant.

    Attributes:
        row: metrics of the pipeline run.
        seeds: metrics of the sweep runs with the same settings, keyed by seed. Empty without a sweep.
        per_image: per-image values (N,), keyed by metric. The metric is an increasing function of their mean.
        closed_form: whether fitting is deterministic, so that a single run represents every seed.
        pairing: identifier of initial weights and batch order. Runs of variants with the same identifier are paired by
            seed. None if runs cannot be paired.
    """

    row: Row
    seeds: Mapping[int, Row] = field(default_factory=dict)
    per_image: Mapping[str, Tensor] = field(default_factory=dict)
    closed_form: bool = False
    pairing: str | None = None

    def values(self, key: str) -> list[float]:
        """Return the values of a metric, one per sweep run.

        If fewer than two sweep runs have the metric, only the value of the pipeline run is returned. The list is empty
        if the pipeline run does not have the metric either.
        """
        swept = list(self.by_seed(key).values())
        return swept if len(swept) > 1 else self.recorded(key)

    def by_seed(self, key: str) -> dict[int, float]:
        """Return the values of a metric in the sweep runs, keyed by seed. Runs without the metric are omitted."""
        return {seed: row[key] for seed, row in self.seeds.items() if row.get(key) is not None}

    def recorded(self, key: str) -> list[float]:
        """Return the value of a metric in the pipeline run as a list, which is empty if the metric is missing."""
        return [] if self.row.get(key) is None else [self.row[key]]

    def mean(self, key: str) -> float | None:
        """Return the mean of `values(key)`, or None if the variant does not have the metric."""
        values = self.values(key)
        return mean(values) if values else None


@dataclass(frozen=True)
class Difference:
    """Difference of a metric between two variants, first minus second.

    Attributes:
        first: values of the first variant, one per run.
        second: values of the second variant, one per run, or a single constant.
        interval: 95 % confidence interval of the mean difference, or None if untested. A bootstrap interval is
            based on per-image values, in their unit.
        p: two-sided p-value of the t-test, or None without a t-test.
        test: name of the test, or None if no test was performed.
    """

    first: Sequence[float]
    second: Sequence[float]
    interval: tuple[float, float] | None = None
    p: float | None = None
    test: Test | None = None

    @property
    def sign(self) -> int | None:
        """Sign of the difference: 1 or -1 if significant, 0 if not significant, or None if not tested."""
        if self.interval is None:
            return None
        low, high = self.interval
        significant = low * high > 0 if self.p is None else self.p < 1 - CONFIDENCE
        return (1 if low + high > 0 else -1) if significant else 0


def compare(first: Runs, second: Runs, key: str) -> Difference:
    """Compare a metric between two variants, with a statistical test that depends on their runs.

    If both variants have several seeds, the test is a paired t-test if initial weights and batch order are shared, and
    Welch's t-test otherwise. Several seeds are compared with a closed-form variant by a one-sample t-test. In all other
    cases, the pipeline runs are compared by a bootstrap over test images, provided that there are per-image values.
    """
    a, b = first.by_seed(key), second.by_seed(key)
    shared = sorted(a.keys() & b.keys())
    if first.pairing is not None and first.pairing == second.pairing and len(shared) > 1:
        return _t_test([a[seed] for seed in shared], [b[seed] for seed in shared], "paired t-test")
    one, two = first.values(key), second.values(key)
    if len(one) > 1 and len(two) > 1:
        return _t_test(one, two, "Welch's t-test")
    if second.closed_form and len(one) > 1 and two:
        return compare_with_constant(one, two[0])
    if first.closed_form and len(two) > 1 and one:
        turned = compare_with_constant(two, one[0])
        low, high = turned.interval or (0.0, 0.0)
        return replace(turned, first=one, second=two, interval=(-high, -low))
    recorded = first.recorded(key), second.recorded(key)
    if key in first.per_image and key in second.per_image:
        interval = bootstrap((first.per_image[key] - second.per_image[key]).double().numpy())
        return Difference(*recorded, interval, test="bootstrap")
    return Difference(*recorded)


def compare_with_constant(values: Sequence[float], constant: float) -> Difference:
    """Compare values, one per run, with a constant by a one-sample t-test. A single value is not tested."""
    return _t_test(values, [constant], "one-sample t-test") if len(values) > 1 else Difference(values, [constant])


def holm(differences: Mapping[Key, Difference]) -> dict[Key, Difference]:
    """Correct p-values for multiple comparisons by Holm's method (1979). Confidence intervals are left unchanged."""
    tested = sorted((of.p, key) for key, of in differences.items() if of.p is not None)
    corrected, largest = dict(differences), 0.0
    for rank, (p, key) in enumerate(tested):
        largest = max(largest, min(1.0, p * (len(tested) - rank)))
        corrected[key] = replace(corrected[key], p=largest)
    return corrected


def _t_test(first: Sequence[float], second: Sequence[float], test: Test) -> Difference:
    from scipy import stats  # type: ignore[import-untyped]  # noqa: PLC0415  takes a second

    with catch_warnings(), np.errstate(all="ignore"):
        simplefilter("ignore", RuntimeWarning)  # values without variance
        if test == "paired t-test":
            result = stats.ttest_rel(first, second)
        elif test == "Welch's t-test":
            result = stats.ttest_ind(first, second, equal_var=False)
        else:
            result = stats.ttest_1samp(np.array(first) - second[0], 0)
        low, high = result.confidence_interval(CONFIDENCE)
    p, difference = float(result.pvalue), mean(first) - mean(second)
    if np.isnan(p):  # equal values within each variant
        return Difference(first, second, (difference, difference), float(difference == 0), test)
    return Difference(first, second, (float(low), float(high)), p, test)


def bootstrap(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap confidence interval of the mean of values (N,), from 1,000 resamples."""
    from scipy import stats  # noqa: PLC0415

    result = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, batch=50, confidence_level=CONFIDENCE, method="percentile", rng=0
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)
