"""What is known of each variant's figures, from one training or several, and which differences that shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import mean, stdev

import numpy as np
from torch import Tensor

from hourglass import metrics
from hourglass.metrics import Row

ERRORS = 2  # standard errors beyond which a mean difference counts
RESAMPLES = 1000  # of the test images
WITHIN = (2.5, 97.5)  # percentiles

RULE = (
    "A difference counts where, seeds paired, it has the same sign with every seed and its mean is more than twice its "
    "standard error. Where a variant was trained once, it counts where 95 % of 1,000 bootstrap samples of the test "
    "images agree with it; of what is no mean over images, one training each shows nothing."
)


@dataclass(frozen=True)
class Known:
    """The trainings of one variant, and what each came to.

    row: of the pipeline's own training. seeds: of those of a sweep with the same settings, by seed; empty without.
    per_image: by metric, what it is the mean of over test images, or grows with, (N,). closed_form: the same for every
    seed.
    """

    row: Row
    seeds: Mapping[int, Row] = field(default_factory=dict)
    per_image: Mapping[str, Tensor] = field(default_factory=dict)
    closed_form: bool = False

    def values(self, key: str) -> list[float]:
        """One a training: of several seeds where there are, else of the pipeline's own; none where there is none."""
        swept = [row[key] for row in self.seeds.values() if row.get(key) is not None]
        if len(swept) > 1:
            return swept
        return [] if self.row[key] is None else [self.row[key]]

    def mean(self, key: str) -> float | None:
        """Over trainings."""
        values = self.values(key)
        return mean(values) if values else None

    def deviation(self, key: str) -> float | None:
        """The sample standard deviation over trainings; None of one."""
        values = self.values(key)
        return stdev(values) if len(values) > 1 else None

    def means(self) -> Row:
        """All figures, and whether the pipeline's own training collapsed."""
        return {metric.key: self.mean(metric.key) for metric in metrics.METRICS} | {"collapsed": self.row["collapsed"]}


Evidence = Mapping[str, Known]
"""By variant."""


def text(known: Known, metric: metrics.Metric) -> str:
    """A figure with the spread that it has: `0.0190 ± 0.0007`."""
    shown, deviation = metric.text(known.mean(metric.key)), known.deviation(metric.key)
    constant = deviation is None or deviation == 0
    return shown if constant else f"{shown} ± {format(deviation, metric.format.lstrip('z'))}"


def sign(a: Known, b: Known, key: str) -> int | None:
    """-1, 0 or 1: whether a figure is less for a than for b, neither, or more, by RULE; None where nothing is known."""
    seeds = sorted(set(_swept(a, b)) & set(_swept(b, a)))
    pairs = [(_of(a, seed, key), _of(b, seed, key)) for seed in seeds]
    if len(pairs) > 1 and all(None not in pair for pair in pairs):
        return _beyond([x - y for x, y in pairs if x is not None and y is not None])
    if key in a.per_image and key in b.per_image:
        return _bootstrapped((a.per_image[key] - b.per_image[key]).double().numpy())
    return None


def trainings(a: Known, b: Known) -> int:
    """How many of each a comparison rests on."""
    return max(1, len(set(_swept(a, b)) & set(_swept(b, a))))


def _swept(one: Known, other: Known) -> Sequence[int]:
    """The seeds with which a variant was trained; a closed form, which draws nothing, has those of the other."""
    return list(other.seeds) if one.closed_form else list(one.seeds)


def _of(known: Known, seed: int, key: str) -> float | None:
    return known.row[key] if known.closed_form else known.seeds[seed].get(key)


def _beyond(differences: Sequence[float]) -> int:
    average = mean(differences)
    same = all(difference > 0 for difference in differences) or all(difference < 0 for difference in differences)
    if not same or abs(average) <= ERRORS * stdev(differences) / sqrt(len(differences)):
        return 0
    return 1 if average > 0 else -1


def _bootstrapped(differences: np.ndarray) -> int:
    """differences: of every test image."""
    draw = np.random.default_rng(0)
    count = len(differences)
    # how often each image is drawn says as much as which are drawn, and needs no copies of them
    counts = draw.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    low, high = np.percentile(counts @ differences / count, WITHIN)
    return 1 if low > 0 else -1 if high < 0 else 0
