"""One advantage and one disadvantage of each way, read off the figures: however they turn out, the words follow."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hourglass.records import Study

Rows = Mapping[str, Mapping[str, float | None]]


@dataclass(frozen=True)
class Criterion:
    """One figure by which the ways are judged.

    style: how it is written. most, least: what the largest and the smallest are called. Where less is better a figure
    that is missing, as of a target that was not reached, is worse than any.
    """

    figure: str
    noun: str
    style: str
    most: str
    least: str
    more_is_better: bool = False

    def value(self, row: Mapping[str, float | None]) -> float:
        value = row.get(self.figure)
        return math.inf if value is None else value

    def text(self, row: Mapping[str, float | None]) -> str:
        """The figure, written out."""
        value = self.value(row)
        return "never" if math.isinf(value) else f"{value:{self.style}}"

    def extreme(self, rows: Rows, good: bool) -> float:
        """The best value of all ways, or the worst."""
        values = [self.value(row) for row in rows.values()]
        return max(values) if good == self.more_is_better else min(values)

    def alone(self, rows: Rows, name: str, good: bool) -> bool:
        """Whether one way is the best (or the worst) with no other beside it."""
        extreme = self.extreme(rows, good)
        return [other for other, row in rows.items() if self.value(row) == extreme] == [name]

    def superlative(self, good: bool) -> str:
        """What the best value is called, or the worst."""
        return f"the {self.most if good == self.more_is_better else self.least} {self.noun}"


MACHINE_FREE = (
    Criterion("passes_to_target", "passes over the images to the target", ",.3g", "most", "fewest"),
    Criterion("updates_to_target", "updates to the target", ",.0f", "most", "fewest"),
    Criterion(
        "gradient_agreement_trained",
        "cosine of a batch's gradient with that of all images, at the same trained weights",
        ".3f",
        "highest",
        "lowest",
        more_is_better=True,
    ),
    Criterion("common_passes_train_mse", "training loss after as many passes", ".4f", "highest", "lowest"),
)
TIMED = (
    Criterion("seconds_to_target", "CPU seconds to the target", ".2g", "most", "fewest"),
    Criterion("images_per_second", "images per second", ",.0f", "most", "fewest", more_is_better=True),
)
"""In the order in which they are looked at: the first by which a way stands out is the one that is told."""


def findings(study: Study) -> list[str]:
    """What a study rests on, how far each way came, and two sentences for each, all from the record's figures."""
    rows: Rows = {name: row.model_dump() for name, row in study.methods.items()}
    return [_basis(study), _how_far(study), *_sentences(rows, MACHINE_FREE, "")]


def timed_findings(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Two sentences for each way, from the figures that depend on the machine."""
    return _sentences({name: dict(row) for name, row in figures.items()}, TIMED, "By the clock, ")


def _basis(study: Study) -> str:
    share = study.target_mse / study.mean_image_mse
    return (
        f"All this rests on one network, one seed and {study.images:,} images, with one learning rate for each kind. "
        f"The target is a training loss of {study.target_mse:.4f}, {share:.2g} times the {study.mean_image_mse:.4f} of "
        "the mean image, with which nothing has been learned about single images; when it is first reached is known "
        "to 7 %."
    )


def _how_far(study: Study) -> str:
    rows = study.methods.items()
    same = ", ".join(f"{row.common_passes_train_mse:.4f} ({name})" for name, row in rows)
    own = ", ".join(
        f"{row.train_mse:.4f} ({name}, {row.passes:,} passes, {row.updates:,} updates)" for name, row in rows
    )
    return f"After {study.common_passes} passes each, the training losses are {same}; in the end they are {own}."


def _sentences(rows: Rows, criteria: Sequence[Criterion], setting: str) -> list[str]:
    said = [
        f"{setting}{name} gradient descent has {_side(rows, name, criteria, good)}."
        for name in rows
        for good in (True, False)
    ]
    return [sentence[0].upper() + sentence[1:] for sentence in said]


def _side(rows: Rows, name: str, criteria: Sequence[Criterion], good: bool) -> str:
    """By what this way is the best (or the worst); if by nothing, whom it comes before (or after) by what."""
    word = "advantage" if good else "disadvantage"
    for one in criteria:
        if one.alone(rows, name, good):
            return f"the {word} of {one.superlative(good)}: {_against(rows, name, one, list(rows))}"
    for one in criteria:
        end = one.extreme(rows, not good)
        if one.value(rows[name]) != end:
            others = [other for other, row in rows.items() if one.value(row) == end]
            order = "before" if good else "after"
            told = _against(rows, name, one, others)
            return f"the {word} that it comes {order} {' and '.join(others)} in the {one.noun}: {told}"
    return f"no {word} in these figures"


def _against(rows: Rows, name: str, one: Criterion, others: Sequence[str]) -> str:
    told = " and ".join(f"{one.text(rows[other])} ({other})" for other in others if other != name)
    return f"{one.text(rows[name])} against {told}"
