"""Words for a difference: what it is where it shows, and that it does not where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from hourglass import metrics
from hourglass.comparison.evidence import Evidence, Known, sign, text, trainings
from hourglass.metrics import Metric


@dataclass(frozen=True)
class Words:
    """How two are compared, with what comes before `than`: less and more of a figure."""

    less: str
    more: str

    def of(self, found: int | None) -> str:
        """found: see `evidence.sign`."""
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
    def pair(self) -> tuple[Known, Known]:
        return self.evidence[self.first], self.evidence[self.second]

    def sign(self, *keys: str) -> int | None:
        """Of the figures, if all say the same; 0 where they disagree."""
        found = {sign(*self.pair, key) for key in keys}
        return found.pop() if len(found) == 1 else 0

    def figures(self, key: str) -> str:
        """`0.0190 ± 0.0007 against 0.0200`."""
        first, second = (text(known, metric(key)) for known in self.pair)
        return f"{first} against {second}"

    def change(self, key: str) -> str:
        """Of the first against the second, in percent: `-5 %`."""
        first, second = (known.mean(key) for known in self.pair)
        assert first is not None
        assert second is not None
        return f"{(first - second) / second * 100:+z.0f} %"

    def basis(self, found: int | None) -> str:
        """What a verdict rests on, for the end of its sentence."""
        count = trainings(*self.pair)
        each, show = (f"{count} trainings each", "show") if count > 1 else ("one training each", "shows")
        return f"({each})" if found else f"(no difference that {each} {show})"


def metric(key: str) -> Metric:
    """By its key."""
    return next(metric for metric in metrics.METRICS if metric.key == key)


def joined(words: Sequence[str], last_word: str = "and") -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} {last_word} {last}" if most else last
