"""Small sweeps of digits for the tests: their settings, and rows as a table has them, made up."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hourglass.records.sweep import Trial
from hourglass.settings import params, stages
from hourglass.settings.grids import SweepSpec
from hourglass.settings.stage_configs import SweepConfig

ROOT = Path(__file__).parents[2]
HASHES = {"digits": {"train": "a", "test": "b"}}
"""Of files that are not there."""


@cache
def of_params() -> SweepConfig:
    """What the stage sweep is told of params.yaml, as if its grids named every variant."""
    loaded = params.load(ROOT / "params.yaml")
    found = stages.resolve(loaded)["sweep"]
    assert isinstance(found, SweepConfig)
    return found.model_copy(update={"variants": loaded.variants})


def small(
    grids: Mapping[str, Mapping[str, Any]], noise: Sequence[float] = (0.1, 0.3), retries: int = 2, **changes: Any
) -> SweepConfig:
    """A sweep of variants of params.yaml: digits, one seed, two epochs, where a grid says nothing else.

    changes: of what the stage is told otherwise.
    """
    usual: dict[str, Any] = {"datasets": ["digits"], "seeds": [0], "epochs": 2}
    spec = SweepSpec.model_validate(
        {
            "resources": {"cpus": 1, "gpus": 0.0},
            "retries": retries,
            "noise": list(noise),
            "grids": {name: usual | dict(grid) for name, grid in grids.items()},
        }
    )
    return of_params().model_copy(update={"sweep": spec, **changes})


def row(variant: str, latent: int = 2, seed: int = 0, **about: Any) -> Trial:
    """One of a table. about: grid, dataset, sigma, epochs where they matter; all else are results."""
    place = {"grid": "sizes", "dataset": "digits", "sigma": "", "epochs": 5}
    place |= {name: about.pop(name) for name in list(about) if name in place}
    usual = {"clean.mse": 0.02, "clean.label_accuracy": 0.8, "code.knn": 0.7, "collapsed": 0}
    about |= {"clean.mse": about.pop("mse")} if "mse" in about else {}
    noise = {
        f"{what}_sigma_{sigma}_psnr": level
        for sigma, level in (("0.1", 20.0), ("0.3", 10.5))
        for what in ("noisy", "restored")
    }
    return Trial(
        **place,
        variant=variant,
        latent=latent,
        seed=seed,
        key="0" * 16,
        results=usual | noise | about,
    )
