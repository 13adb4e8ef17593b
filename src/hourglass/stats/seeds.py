"""Runs of a sweep, grouped so that the runs of a group differ in their seed alone."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

from hourglass.records.sweep import TrialResult

RESTORED = re.compile(r"restored_sigma_(.+)_psnr")


@dataclass(frozen=True)
class Group:
    """Runs of one configuration with several seeds; `trials` has one per seed, without failed ones."""

    grid: str
    variant: str
    latent: int
    sigma: str
    epochs: int
    trials: Sequence[TrialResult]

    def values(self, column: str) -> list[float]:
        """Return the value of a metric for every seed."""
        return [float(trial.results[column]) for trial in self.trials]

    def mean(self, column: str) -> float:
        """Return the mean over seeds."""
        return mean(self.values(column))

    def deviation(self, column: str) -> float:
        """Return the sample standard deviation over seeds; 0 for a single one."""
        values = self.values(column)
        return stdev(values) if len(values) > 1 else 0.0

    def strengths(self) -> list[str]:
        """Return the test noise levels of the group as its columns spell them, in ascending order."""
        matches = map(RESTORED.fullmatch, self.trials[0].results)
        return sorted({match[1] for match in matches if match}, key=float)


Curves = dict[str, list[Group]]
"""Groups by variant, in the order in which a figure connects them."""


def groups(trials: Iterable[TrialResult]) -> list[Group]:
    """Group successful runs by all settings but the seed, in the order of the table."""
    by_place: dict[tuple[str, str, int, str, int], list[TrialResult]] = {}
    for trial in trials:
        if trial.results:
            place = (trial.grid, trial.variant, trial.latent, trial.sigma, trial.epochs)
            by_place.setdefault(place, []).append(trial)
    return [Group(*place, members) for place, members in by_place.items()]


def over_latent_dims(trials: Iterable[TrialResult]) -> dict[str, Curves]:
    """Return, by grid, the variants that were run with several latent dimensions, in ascending order."""
    grids = _varying(trials, lambda group: group.latent)
    return {
        grid: {variant: sorted(line, key=lambda group: group.latent) for variant, line in curves.items()}
        for grid, curves in grids.items()
    }


def over_noise(trials: Iterable[TrialResult]) -> dict[str, Curves]:
    """Return, by grid, the variants that were run with several levels of training noise."""
    return _varying(trials, lambda group: group.sigma)


def _varying(trials: Iterable[TrialResult], setting: Callable[[Group], object]) -> dict[str, Curves]:
    """Return, by grid and variant, the groups of those with more than one value of a setting."""
    grids: dict[str, Curves] = {}
    for group in groups(trials):
        grids.setdefault(group.grid, {}).setdefault(group.variant, []).append(group)
    several = {
        grid: {variant: line for variant, line in curves.items() if len(set(map(setting, line))) > 1}
        for grid, curves in grids.items()
    }
    return {grid: curves for grid, curves in several.items() if curves}
