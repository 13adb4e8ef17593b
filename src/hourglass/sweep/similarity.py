"""Similarity of the codes of different training runs in a sweep, with raw pixels as a reference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, pairwise, product
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import torch
from torch import Tensor

from hourglass import models
from hourglass.images import Images, to_float
from hourglass.records.similarity import SeedSimilarity
from hourglass.settings.stage_configs import short_hash
from hourglass.stats.similarity import NEIGHBOURS, linear_cka, nearest, shared_neighbours
from hourglass.sweep import store
from hourglass.sweep.trials import Trial

IMAGES = 1000  # clean test images whose codes are compared
PIXELS = "pixels"
ANY = None  # seed of pixels and of models fitted in closed form, which are the same for every seed


@dataclass(frozen=True)
class Run:
    """Training run, with its codes (N, K) of test images. Without stored weights, `codes` is empty.

    `key` is the cache key of the weights, or empty for raw pixels.
    """

    key: str
    codes: Tensor

    @cached_property
    def neighbours(self) -> Tensor:
        """Indices (N, 10) of each code's ten nearest neighbours."""
        return nearest(self.codes, NEIGHBOURS)


Runs = Mapping[int | None, Run]
"""Training runs of a variant, keyed by seed, or by None if the run does not depend on the seed."""


def similarities(
    trials: Sequence[Trial], folder: Path, test: Mapping[str, Images], known: Sequence[SeedSimilarity] = ()
) -> list[SeedSimilarity]:
    """Return the similarity of codes for each data set and each pair of variants.

    The codes of the first 1,000 clean test images are compared. Runs of two variants are paired if their seeds are
    equal, and runs of the same variant if their seeds are consecutive. Raw pixels are treated as a variant. Pixels and
    models fitted in closed form are paired with the runs of every seed. Runs without stored weights are left out.

    Args:
        trials: trials of a sweep. Trials of grids that override settings are left out.
        folder: folder of stored training runs.
        test: test images, keyed by data set.
        known: earlier results. A result is reused if its training runs are unchanged, unless more pairs of runs have
            stored weights now.
    """
    earlier = {(row.dataset, row.first, row.second, row.key): row for row in known}
    rows = []
    for dataset, images in test.items():
        runs = _runs([trial for trial in trials if trial.dataset == dataset], folder, images)
        for first, second in combinations_with_replacement(runs, 2):
            pairs = _pairs(runs[first], runs[second])
            key = short_hash([(one.key, other.key) for one, other in pairs])
            stored = [pair for pair in pairs if all(len(run.codes) for run in pair)]
            old = earlier.get((dataset, first, second, key))
            if old and old.n >= len(stored):
                rows.append(old)
            elif stored:
                rows.append(SeedSimilarity(dataset=dataset, first=first, second=second, key=key, **_means(stored)))
    return rows


def _runs(trials: Sequence[Trial], folder: Path, test: Images) -> dict[str, dict[int | None, Run]]:
    """Return the runs of trials on one data set, keyed by variant and then by seed, and raw pixels as a variant."""
    runs: dict[str, dict[int | None, Run]] = {}
    for trial in trials:
        if trial.sweep.sweep.grids[trial.grid].overrides:
            continue
        codes = torch.empty(0)
        if weights := store.load(folder, trial).weights:
            model = models.build(trial.settings.network, test.shape)
            model.load_state_dict(dict(weights))
            codes = models.encode(model.eval(), test.images[:IMAGES])
        seed = trial.settings.seed if trial.settings.train else ANY
        runs.setdefault(trial.variant, {})[seed] = Run(trial.training_key, codes)
    return runs | {PIXELS: {ANY: Run("", to_float(test.images[:IMAGES]).flatten(1))}}


def _pairs(first: Runs, second: Runs) -> list[tuple[Run, Run]]:
    """Pair runs by seed, or by consecutive seeds if `first is second`. Pair a run without a seed with every run."""
    if first is second:
        return [*pairwise(first.values())]
    if ANY in first or ANY in second:
        return [*product(first.values(), second.values())]
    return [(run, second[seed]) for seed, run in first.items() if seed in second]


def _means(pairs: Sequence[tuple[Run, Run]]) -> dict[str, Any]:
    """Return the number of pairs, and the means and standard deviations of linear CKA and neighbour overlap."""
    cka = [linear_cka(one.codes, other.codes) for one, other in pairs]
    overlap = [shared_neighbours(one.neighbours, other.neighbours) for one, other in pairs]
    means = {"n": len(pairs), "cka": fmean(cka), "overlap": fmean(overlap)}
    return means | ({"cka_sd": stdev(cka), "overlap_sd": stdev(overlap)} if len(pairs) > 1 else {})
