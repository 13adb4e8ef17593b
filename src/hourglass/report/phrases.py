"""Words for a difference: what it is where it shows, and that it does not where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from hourglass import metrics
from hourglass.metrics import Metric
from hourglass.stats.significance import Evidence, Known, compared, spread


@dataclass(frozen=True)
class Words:
    """How two are compared, with what comes before `than`: less and more of a figure."""

    less: str
    more: str

    def of(self, found: int | None) -> str:
        """found: see `evidence.Compared.sign`."""
        if found is None:
            return f"{self.more} or {self.less} than"
        return {1: self.more, 0: f"neither {self.more} nor {self.less}", -1: self.less}[found] + " than"


@dataclass(frozen=True)
class Versus:
    """Two variants, the first of which sentences are about."""

    evidence: Evidence
    first: str
    second: str

    @property
    def both(self) -> tuple[Known, Known]:
        return self.evidence[self.first], self.evidence[self.second]

    def sign(self, key: str) -> int | None:
        """See `evidence.Compared`."""
        return compared(*self.both, key).sign

    def figures(self, key: str) -> str:
        """`0.0190 ± 0.0007 against 0.0200 ± 0.0010`, of the trainings that the sign is of."""
        pair = compared(*self.both, key)
        return f"{spread(pair.first, metric(key))} against {spread(pair.second, metric(key))}"

    def change(self, key: str) -> str:
        """Of the first's mean against the second's, in percent: `-5 %`."""
        pair = compared(*self.both, key)
        first, second = mean(pair.first), mean(pair.second)
        return f"{(first - second) / second * 100:+z.0f} %"

    def basis(self, key: str) -> str:
        """What a verdict rests on, for the end of its clause."""
        pair = compared(*self.both, key)
        several = pair.trainings > 1
        each = f"{pair.trainings} trainings each" if several else "one training each"
        return f"({each})" if pair.sign else f"(no difference that {each} show{'' if several else 's'})"


def tied(evidence: Evidence, name: str, among: Sequence[str], key: str, beaten: int) -> list[str]:
    """A variant, and those of which it is not told that they differ from it the way that its place says.

    beaten: the sign of the variant against others, were it told.
    """
    return [other for other in among if other == name or Versus(evidence, name, other).sign(key) != beaten]


def trainings(evidence: Evidence) -> str:
    """How many there were of each variant: `3 trainings each`."""
    counts = {len(known.values("mse")) for known in evidence.values() if not known.closed_form} or {1}
    if counts == {1}:
        return "one training each"
    return f"{joined([str(count) for count in sorted(counts)], 'or')} trainings each"


def metric(key: str) -> Metric:
    """By its key."""
    return metrics.METRICS[key]


def joined(words: Sequence[str], last_word: str = "and") -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} {last_word} {last}" if most else last
