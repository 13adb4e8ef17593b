"""Significance of differences between variants: paired t-test over seeds, or bootstrap over test images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from warnings import catch_warnings, simplefilter

import numpy as np
from torch import Tensor

from hourglass.metrics import Row

CONFIDENCE = 0.95
RESAMPLES = 1000


@dataclass(frozen=True)
class Runs:
    """Metrics of all runs of one variant.

    Attributes:
        row: metrics of the pipeline run.
        seeds: metrics of the sweep runs with the same settings, keyed by seed. Empty without a sweep.
        per_image: values (N,), one per test image, keyed by metric. Each metric increases with the mean of its values.
        closed_form: whether fitting is deterministic, so that a single run represents every seed.
    """

    row: Row
    seeds: Mapping[int, Row] = field(default_factory=dict)
    per_image: Mapping[str, Tensor] = field(default_factory=dict)
    closed_form: bool = False

    def values(self, key: str) -> list[float]:
        """Return the values of a metric, one per seed of the sweep.

        If fewer than two sweep runs have the metric, the list holds only the value of the pipeline run. The list is
        empty if the pipeline run lacks the metric as well.
        """
        swept = [row[key] for row in self.seeds.values() if row.get(key) is not None]
        return swept if len(swept) > 1 else self.recorded(key)

    def recorded(self, key: str) -> list[float]:
        """Return a metric of the pipeline run as a list of one value, or an empty list if the metric is missing."""
        return [] if self.row.get(key) is None else [self.row[key]]

    def mean(self, key: str) -> float | None:
        """Return the mean of a metric over all runs, or None if the variant does not have the metric."""
        values = self.values(key)
        return mean(values) if values else None


@dataclass(frozen=True)
class Difference:
    """Difference of a metric between two variants, first minus second.

    Attributes:
        first: values of the first variant, one per run.
        second: values of the second variant, paired by seed with the values of the first variant.
        interval: 95 % confidence interval of the mean difference, or None if no test was performed. A bootstrap
            interval refers to the difference of the per-image values and has their unit.
        p: two-sided p-value of the t-test, or None if no t-test was performed.
    """

    first: Sequence[float]
    second: Sequence[float]
    interval: tuple[float, float] | None = None
    p: float | None = None

    @property
    def n(self) -> int:
        """Number of paired runs."""
        return len(self.first)

    @property
    def sign(self) -> int | None:
        """Sign of the difference: 1 or -1 if significant, 0 if not significant, and None if not tested."""
        if self.interval is None:
            return None
        low, high = self.interval
        return 1 if low > 0 else -1 if high < 0 else 0


def compare(first: Runs, second: Runs, key: str) -> Difference:
    """Compare a metric of two variants.

    Variants that share at least two seeds are compared by a paired t-test. Otherwise, their pipeline runs are compared
    by a bootstrap over test images. If the metric has no per-image values, no test is performed.
    """
    pairs = _pairs(first, second, key)
    if len(pairs) > 1:
        return t_test([a for a, _ in pairs], [b for _, b in pairs])
    interval = None
    if key in first.per_image and key in second.per_image:
        interval = bootstrap((first.per_image[key] - second.per_image[key]).double().numpy())
    return Difference(first.recorded(key), second.recorded(key), interval)


def compare_with_constant(values: Sequence[float], constant: float) -> Difference:
    """Test whether `values`, one per run, differ from a constant, such as the score of a closed-form baseline."""
    return t_test(values, [constant] * len(values))


def t_test(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Compare paired values with a two-sided Student's t-test. No test is performed for fewer than two pairs."""
    from scipy import stats  # type: ignore[import-untyped]  # noqa: PLC0415  takes a second

    if len(first) < 2:
        return Difference(first, second)
    with catch_warnings(), np.errstate(all="ignore"):
        simplefilter("ignore", RuntimeWarning)  # pairs that differ by the same amount leave no variance
        result = stats.ttest_rel(first, second)
        low, high = result.confidence_interval(CONFIDENCE)
    p = float(result.pvalue)
    return Difference(first, second, (float(low), float(high)), 1.0 if np.isnan(p) else p)


def bootstrap(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of the mean of `values` (N,), computed from 1,000 resamples."""
    from scipy import stats  # noqa: PLC0415

    result = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, batch=50, confidence_level=CONFIDENCE, method="percentile", rng=0
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def _pairs(first: Runs, second: Runs, key: str) -> list[tuple[float, float]]:
    """Pair the metric values of two variants by seed. A closed-form variant has the same value for every seed."""
    seeds = [(other if runs.closed_form else runs).seeds for runs, other in ((first, second), (second, first))]
    shared = sorted(set(seeds[0]) & set(seeds[1]))
    rows = [[runs.row if runs.closed_form else runs.seeds[seed] for seed in shared] for runs in (first, second)]
    pairs = zip(*([row.get(key) for row in column] for column in rows), strict=True)
    return [(a, b) for a, b in pairs if a is not None and b is not None]
