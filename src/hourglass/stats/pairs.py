"""Variants that differ in one thing alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from hourglass.settings.stage_configs import TrainConfig


@dataclass(frozen=True)
class Pair:
    """Two trained variants that differ in the size of their code alone, and the corruption of what both are given."""

    smaller: str
    larger: str
    corruption: str


def latent_dim_pairs(trainings: Mapping[str, TrainConfig]) -> list[Pair]:
    """Every pair of such variants, the smaller code first; a closed form is in none. By variant, how it was trained."""
    trained = {name: settings for name, settings in trainings.items() if settings.train is not None}
    by_size = sorted(trained, key=lambda name: trained[name].network.latent)
    return [
        Pair(smaller, larger, trained[smaller].corruption)
        for smaller, larger in combinations(by_size, 2)
        if trained[smaller] != trained[larger] and _but_for_size(trained[smaller]) == _but_for_size(trained[larger])
    ]


def _but_for_size(training: TrainConfig) -> dict[str, Any]:
    settings = training.model_dump()
    del settings["network"]["latent"]
    return settings
