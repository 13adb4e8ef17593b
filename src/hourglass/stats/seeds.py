"""Trials of a sweep that differ in their seed alone, taken together."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from hourglass.records.sweep import Trial

RESTORED = re.compile(r"restored_sigma_(.+)_psnr")


@dataclass(frozen=True)
class Group:
    """What was trained with several seeds. trials: those that did not fail, one a seed."""

    grid: str
    variant: str
    latent: int
    sigma: str
    epochs: int
    trials: Sequence[Trial]

    def values(self, column: str) -> list[float]:
        """One a seed."""
        return [float(trial.results[column]) for trial in self.trials]

    def mean(self, column: str) -> float:
        """Over seeds."""
        return mean(self.values(column))

    def deviation(self, column: str) -> float:
        """The sample standard deviation over seeds; 0 of a single one."""
        values = self.values(column)
        return stdev(values) if len(values) > 1 else 0.0

    def strengths(self) -> list[str]:
        """The strengths of noise under which it was measured, ascending, as the columns have them."""
        found = {match[1] for column in self.trials[0].results if (match := RESTORED.fullmatch(column))}
        return sorted(found, key=float)

    def below(self, other: "Group", column: str) -> bool:
        """Whether every seed's value is smaller than every one of the other's: no verdict is passed on less."""
        return max(self.values(column)) < min(other.values(column))


Curves = dict[str, list[Group]]
"""By variant."""


def groups(trials: Iterable[Trial]) -> list[Group]:
    """In the order of the table."""
    found: dict[tuple[str, str, int, str, int], list[Trial]] = {}
    for trial in trials:
        if trial.results:
            place = (trial.grid, trial.variant, trial.latent, trial.sigma, trial.epochs)
            found.setdefault(place, []).append(trial)
    return [Group(*place, members) for place, members in found.items()]


def over_latent_dims(trials: Iterable[Trial]) -> dict[str, Curves]:
    """By grid, the variants that it has with several code sizes, the smallest first."""
    found = _several(trials, lambda group: group.latent)
    return {
        grid: {variant: sorted(line, key=lambda group: group.latent) for variant, line in curves.items()}
        for grid, curves in found.items()
    }


def over_noise(trials: Iterable[Trial]) -> dict[str, Curves]:
    """By grid, the variants that it has with several strengths of noise, in its order."""
    return _several(trials, lambda group: group.sigma)


def _several(trials: Iterable[Trial], place: Callable[[Group], object]) -> dict[str, Curves]:
    """By grid and variant, the groups that lie in more than one place."""
    found: dict[str, Curves] = {}
    for group in groups(trials):
        found.setdefault(group.grid, {}).setdefault(group.variant, []).append(group)
    several = {
        grid: {variant: line for variant, line in curves.items() if len(set(map(place, line))) > 1}
        for grid, curves in found.items()
    }
    return {grid: curves for grid, curves in several.items() if curves}
