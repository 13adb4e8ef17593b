"""Storage of the training runs of a sweep, in one safetensors file per run.

A stored run can be resumed or evaluated again. Up-to-date training runs of the pipeline that match a trial are also
stored, so that the sweep does not repeat them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from safetensors.torch import save as serialise

from hourglass import models
from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.paths import IMAGES, MODELS, TRAIN
from hourglass.records import History
from hourglass.records.sweep import Results
from hourglass.runner import commands
from hourglass.settings.stage_configs import PreprocessConfig, TrainConfig
from hourglass.sweep.job import SweepImages, Tensors
from hourglass.sweep.trials import Trial

DAMAGE = (UserError, OSError, ValueError, TypeError, KeyError)  # what reading a damaged file can raise
STATE, WEIGHTS = "state.", "weights."


@dataclass(frozen=True)
class StoredRun:
    """Stored training run: metrics per epoch, training state or final weights, and results keyed by `Trial.key`."""

    epochs: Sequence[Mapping[str, float]] = ()
    state: Tensors = field(default_factory=dict)
    weights: Tensors = field(default_factory=dict)
    results: Mapping[str, Results] = field(default_factory=dict)


def load(folder: Path, trial: Trial) -> StoredRun:
    """Return the stored run of a trial, or an empty run if the file is missing or damaged."""
    path = _path(folder, trial)
    if not path.exists():
        return StoredRun()
    try:
        tensors, header = load_tensors(path, "sweep", "about", "sha256")
        if header["sha256"] != _digest(header["about"], tensors):
            raise ValueError("its checksum differs")
        about = json.loads(header["about"])
        return StoredRun(about["epochs"], _part(tensors, STATE), _part(tensors, WEIGHTS), about["results"])
    except DAMAGE:
        print(f"warning: {path} is damaged; {trial.name} restarts", flush=True)
        return StoredRun()


def save(folder: Path, trial: Trial, run: StoredRun) -> None:
    """Save the training run of a trial to a file in `folder`, replacing any existing file."""
    tensors = {f"{STATE}{name}": tensor.contiguous() for name, tensor in run.state.items()}
    tensors |= {f"{WEIGHTS}{name}": tensor.contiguous() for name, tensor in run.weights.items()}
    about = json.dumps({"trial": trial.name, "epochs": [*run.epochs], "results": run.results})
    save_tensors(_path(folder, trial), tensors, about=about, sha256=_digest(about, tensors))


def reuse_pipeline_runs(folder: Path, trials: Sequence[Trial]) -> int:
    """Store the training runs of the pipeline that match a trial, and return the number of runs stored.

    A run matches a trial if it is up to date according to DVC and has the same settings and images as the trial.
    """
    trained = {trial.variant for trial in trials if (MODELS / f"{trial.variant}.safetensors").exists()}
    if not trained or not IMAGES.exists():
        return 0
    stale, hashes = commands.status(), SweepImages.hashes(IMAGES)
    if "preprocess-noise" in stale or PreprocessConfig.load("preprocess-noise").seed != trials[0].sweep.seed:
        return 0  # the noise of the test loss would differ
    settings = {name: TrainConfig.load(f"train/{name}") for name in trained if f"train@{name}" not in stale}
    count = 0
    for trial in trials:
        same = trial.label is None and settings.get(trial.variant) == trial.settings and hashes == trial.images
        if same and not load(folder, trial).weights:
            columns = History.load(TRAIN / f"{trial.variant}.csv").columns
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            epochs = [{name: value for name, value in row.items() if value is not None} for row in rows]
            weights = models.load(MODELS / f"{trial.variant}.safetensors").state_dict()
            save(folder, trial, StoredRun(epochs, weights=weights))
            count += 1
    return count


def _path(folder: Path, trial: Trial) -> Path:
    return folder / f"{trial.variant}-{trial.training_key}.safetensors"


def _part(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _digest(about: str, tensors: Tensors) -> str:
    return hashlib.sha256(about.encode() + serialise(dict(tensors))).hexdigest()
