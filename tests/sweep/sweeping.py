"""Settings and table rows of small sweeps."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch
from committed import PARAMS, VARIANTS

from hourglass.datasets import DATASETS
from hourglass.records.sweep import TrialResult
from hourglass.settings.grids import SweepSpec
from hourglass.settings.stage_configs import SweepConfig, TrainingImages, resolve
from hourglass.sweep.job import Tensors
from hourglass.sweep.trials import Trial, trials

HASHES = {"digits": {"train": "a", "test": "b"}}


@cache
def full_config() -> SweepConfig:
    """Return the sweep of params.yaml with all variants."""
    config = resolve(PARAMS)["sweep"]
    assert isinstance(config, SweepConfig)
    return config.model_copy(update={"variants": VARIANTS})


def small(
    grids: Mapping[str, Mapping[str, Any]], noise: Sequence[float] = (0.1, 0.3), retries: int = 2, **changes: Any
) -> SweepConfig:
    """Return a sweep on digits with one seed and two epochs unless a grid says otherwise."""
    default: dict[str, Any] = {"datasets": ["digits"], "seeds": [0], "epochs": 2}
    spec = {
        "resources": {"cpus": 1, "gpus": 0.0},
        "retries": retries,
        "noise": list(noise),
        "grids": {name: default | dict(grid) for name, grid in grids.items()},
    }
    digits = DATASETS["digits"]
    images = {"digits": TrainingImages(count=digits.training_images, shape=digits.shape, classes=10)}
    return full_config().model_copy(update={"sweep": SweepSpec.model_validate(spec), "images": images, **changes})


def one(config: SweepConfig, hashes: Mapping[str, Mapping[str, str]] = HASHES) -> Trial:
    """Return the only trial of a sweep."""
    (trial,) = trials(config, hashes)
    return trial


def equal(first: Tensors, second: Tensors) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def row(variant: str, latent: int = 2, seed: int = 0, **changes: Any) -> TrialResult:
    """Return a table row; `changes` are of its place (grid, dataset, sigma, epochs) or of its metrics."""
    place = {"grid": "sizes", "dataset": "digits", "sigma": "", "epochs": 5}
    place |= {name: changes.pop(name) for name in list(changes) if name in place}
    metrics = {"mse": 0.02, "label_accuracy": 0.8, "knn": 0.7, "collapsed": 0}
    noise = {
        f"{name}_sigma_{sigma}_psnr": psnr
        for sigma, psnr in (("0.1", 20.0), ("0.3", 10.5))
        for name in ("noisy", "restored")
    }
    results = metrics | noise | changes
    return TrialResult(**place, variant=variant, latent=latent, seed=seed, key="0" * 16, results=results)
