"""Groups of sweep runs that differ only in the seed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hourglass.records.sweep import TrialResult

RESTORED = re.compile(r"restored_sigma_(.+)_psnr")


@dataclass(frozen=True)
class Group:
    """Successful trials of a sweep that differ only in the seed.

    `latent` is the latent dimension. `sigma` is the training noise level, such as `0.3`, or empty without noise.
    """

    grid: str
    variant: str
    latent: int
    sigma: str
    epochs: int
    trials: Sequence[TrialResult]

    def values(self, column: str) -> list[float]:
        """Return the values of the metric `column`, one per seed. Trials without the metric are omitted."""
        return [float(trial.results[column]) for trial in self.trials if column in trial.results]

    def strengths(self) -> list[str]:
        """Return the noise levels at which denoising was evaluated, in ascending order, as strings such as `0.3`."""
        matches = map(RESTORED.fullmatch, self.trials[0].results)
        return sorted({match[1] for match in matches if match}, key=float)


Curves = dict[str, list[Group]]
"""Groups keyed by variant, in plotting order."""


def groups(trials: Iterable[TrialResult]) -> list[Group]:
    """Group successful trials, all of the same data set, by settings other than the seed, in order of appearance."""
    by_place: dict[tuple[str, str, int, str, int], list[TrialResult]] = {}
    for trial in trials:
        if trial.results:
            place = (trial.grid, trial.variant, trial.latent, trial.sigma, trial.epochs)
            by_place.setdefault(place, []).append(trial)
    return [Group(*place, members) for place, members in by_place.items()]


def varying(members: Iterable[Group], setting: Literal["latent", "sigma"]) -> dict[str, Curves]:
    """Return the groups of variants for which `setting` varies within a grid, keyed by grid and then by variant.

    `sigma` is the training noise level. Groups are sorted by latent dimension.
    """
    grids: dict[str, Curves] = {}
    for group in members:
        grids.setdefault(group.grid, {}).setdefault(group.variant, []).append(group)
    several: dict[str, Curves] = {}
    for grid, curves in grids.items():
        for variant, line in curves.items():
            if len({getattr(group, setting) for group in line}) > 1:
                several.setdefault(grid, {})[variant] = sorted(line, key=lambda group: group.latent)
    return several
