"""The advantage and the disadvantage of each way, read off the figures: however they turn out, the words follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Rows = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Criterion:
    """One figure by which the ways are judged. style: how it is written."""

    figure: str
    noun: str
    style: str
    more_is_better: bool = False

    def text(self, row: Mapping[str, float]) -> str:
        """The figure, written out."""
        return f"{row[self.figure]:{self.style}}"

    def extreme(self, rows: Rows, best: bool) -> float:
        """The best value of all ways, or the worst."""
        values = [row[self.figure] for row in rows.values()]
        return max(values) if best == self.more_is_better else min(values)

    def superlative(self, best: bool) -> str:
        """What the best value is called, or the worst."""
        return f"the {'highest' if best == self.more_is_better else 'lowest'} {self.noun}"


MACHINE_FREE = (
    Criterion("train_mse", "training loss", ".4f"),
    Criterion("updates_to_common_loss", "number of updates to the loss that all three reach", ",.0f"),
    Criterion("loss_rises", "sum of all rises of the training loss from pass to pass", ".4f"),
    Criterion(
        "gradient_agreement", "cosine, at the end, of a step's gradient with the gradient over all images", ".3f", True
    ),
)
TIMED = (
    Criterion("seconds_to_common_loss", "number of CPU seconds to the loss that all three reach", ".2g"),
    Criterion("images_per_second", "number of images per second", ",.0f", True),
)


def findings(rows: Rows, passes: int) -> list[str]:
    """Two sentences for each way, from the figures that do not depend on the machine."""
    return _sentences(rows, MACHINE_FREE, f"Over {passes} passes")


def timed_findings(rows: Rows) -> list[str]:
    """Two sentences for each way, from the figures that do."""
    return _sentences(rows, TIMED, "By the clock")


def _sentences(rows: Rows, criteria: Sequence[Criterion], setting: str) -> list[str]:
    # what is the same for all tells nothing
    telling = [one for one in criteria if one.extreme(rows, True) != one.extreme(rows, False)]
    return [
        f"{setting}, {name} gradient descent has {_side(rows, name, telling, good)}."
        for name in rows
        for good in (True, False)
    ]


def _side(rows: Rows, name: str, criteria: Sequence[Criterion], good: bool) -> str:
    """In what this way is the best (or the worst); if in nothing, whom it comes before (or after) in what."""
    word = "advantage" if good else "disadvantage"
    extreme = [one for one in criteria if rows[name][one.figure] == one.extreme(rows, good)]
    if extreme:
        return f"the {word} of {_and(_alone(rows, name, one, good) for one in extreme)}"
    between = [one for one in criteria if rows[name][one.figure] != one.extreme(rows, not good)]
    if between:
        pairs = _and(_pair(rows, name, one, good) for one in between)
        return f"the {word} that it comes {'before' if good else 'after'} {pairs}"
    return f"no {word} in these figures"


def _alone(rows: Rows, name: str, one: Criterion, good: bool) -> str:
    others = " and ".join(f"{one.text(row)} ({other})" for other, row in rows.items() if other != name)
    return f"{one.superlative(good)}, {one.text(rows[name])} against {others}"


def _pair(rows: Rows, name: str, one: Criterion, good: bool) -> str:
    end = one.extreme(rows, not good)
    other = next(other for other, row in rows.items() if row[one.figure] == end)
    return f"{other} in the {one.noun}, {one.text(rows[name])} against {one.text(rows[other])}"


def _and(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{'; '.join(most)}; and {last}" if most else last
