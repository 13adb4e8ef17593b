"""What is known of each variant's figures, from one training or several, and which differences that shows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import sqrt
from statistics import mean, stdev

import numpy as np
from scipy.stats import t as student  # type: ignore[import-untyped]
from torch import Tensor

from hourglass.metrics import Metric, Row

LEVEL = 0.05  # of a difference that is none: how often one is seen all the same
RESAMPLES = 1000  # of the test images

RULE = (
    "A difference counts where trainings with the same seeds, paired, tell it by Student's t-test at the 5 % level. "
    "Where one of the two was trained once, it counts where 95 % of 1,000 bootstrap samples of the test images agree "
    "with it; of what is no mean over test images, one training each shows nothing. Among many comparisons some are "
    "seen by chance."
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

    def collapsed(self) -> str:
        """In words, which trainings did; empty where none did."""
        values = self.values("collapsed")
        count = sum(map(bool, values))
        if not count:
            return ""
        return "collapsed" if count == len(values) else f"{count} of {len(values)} collapsed"


Evidence = Mapping[str, Known]
"""By variant."""


def text(known: Known, metric: Metric) -> str:
    """A figure with the spread that it has: `0.0190 ± 0.0007`."""
    return spread(known.values(metric.key), metric)


def spread(values: Sequence[float], metric: Metric) -> str:
    """The mean, with the sample standard deviation where there are several that differ."""
    shown = metric.text(mean(values) if values else None)
    constant = len(values) < 2 or stdev(values) == 0
    return shown if constant else plus_minus(shown, stdev(values), metric.format.lstrip("z"))


def plus_minus(figure: str, deviation: float, form: str) -> str:
    """`0.0190 ± 0.0007`; a deviation below the last digit is not shown as none: `0.0190 ± <0.0001`."""
    size = format(deviation, form)
    if deviation > 0 and not re.search("[1-9]", size):
        size = "<" + re.sub(r"0(?=%?$)", "1", size)
    return f"{figure} ± {size}"


def of_one(known: Known, key: str) -> str:
    """How many trainings a figure of one variant is of: `(3 trainings)`."""
    count = len(known.values(key))
    return f"({count} trainings)" if count > 1 else "(one training)"


@dataclass(frozen=True)
class Compared:
    """The same figure of two variants, from the trainings by which they can be compared.

    first, second: one value a training, of the same seeds where there are several; else of the pipeline's own, empty
    where that has none. sign: -1, 0 or 1, whether the first is less, neither, or more, by RULE; None where nothing is
    known.
    """

    first: Sequence[float]
    second: Sequence[float]
    sign: int | None

    @property
    def trainings(self) -> int:
        """Of each."""
        return max(1, len(self.first))


def compared(a: Known, b: Known, key: str) -> Compared:
    """A figure of two variants."""
    seeds = sorted(set(_swept(a, b)) & set(_swept(b, a)))
    pairs = [(_of(a, seed, key), _of(b, seed, key)) for seed in seeds]
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    if len(known) > 1:
        first, second = [x for x, _ in known], [y for _, y in known]
        return Compared(first, second, _told([x - y for x, y in known]))
    found = None
    if key in a.per_image and key in b.per_image:
        found = _bootstrapped((a.per_image[key] - b.per_image[key]).double().numpy())
    first, second = ([] if one.row[key] is None else [one.row[key]] for one in (a, b))
    return Compared(first, second, found)


def _swept(one: Known, other: Known) -> Sequence[int]:
    """The seeds with which a variant was trained; a closed form, which draws nothing, has those of the other."""
    return list(other.seeds) if one.closed_form else list(one.seeds)


def _of(known: Known, seed: int, key: str) -> float | None:
    return known.row[key] if known.closed_form else known.seeds[seed].get(key)


def _told(differences: Sequence[float]) -> int:
    """By Student's t-test of the mean difference, two-sided."""
    average, count = mean(differences), len(differences)
    if abs(average) <= student.ppf(1 - LEVEL / 2, count - 1) * stdev(differences) / sqrt(count):
        return 0
    return 1 if average > 0 else -1


def _bootstrapped(differences: np.ndarray) -> int:
    """differences: of every test image."""
    means = _drawn(len(differences)) @ differences / len(differences)
    low, high = np.percentile(means, (50 * LEVEL, 100 - 50 * LEVEL))
    return 1 if low > 0 else -1 if high < 0 else 0


@cache
def _drawn(images: int) -> np.ndarray:
    """How often each of so many images is in each sample, (RESAMPLES, images): the same samples for all differences."""
    draw = np.random.default_rng(0)
    return draw.multinomial(images, np.full(images, 1 / images), size=RESAMPLES).astype(np.float64)
