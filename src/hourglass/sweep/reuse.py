"""Up-to-date training runs of the pipeline, which a sweep reuses: a worker would compute the same weights."""

from collections.abc import Mapping

from hourglass import models
from hourglass.paths import IMAGES, MODELS, TRAIN
from hourglass.records import History
from hourglass.runner import commands
from hourglass.settings.stage_configs import PreprocessConfig, SweepConfig, TrainConfig
from hourglass.sweep.images import SweepImages
from hourglass.sweep.store import StoredRun
from hourglass.sweep.trials import Trial

PipelineRuns = Mapping[str, tuple[TrainConfig, Mapping[str, str]]]
"""Settings and hashes of the training images by variant."""


def pipeline_runs(sweep: SweepConfig) -> PipelineRuns:
    """Return the pipeline's training runs that are up to date according to DVC."""
    trained = [name for name in sweep.variants if (MODELS / f"{name}.safetensors").exists()]
    if not trained or not IMAGES.exists():
        return {}
    stale = commands.stale()
    if "preprocess-noise" in stale or PreprocessConfig.load("preprocess-noise").seed != sweep.seed:
        return {}  # the noise of the test loss would differ
    hashes = SweepImages.hashes(IMAGES)
    return {name: (TrainConfig.load(f"train/{name}"), hashes) for name in trained if f"train@{name}" not in stale}


def reused(trial: Trial, runs: PipelineRuns) -> StoredRun | None:
    """Return the pipeline's run with the settings and images of a trial, if there is one."""
    if runs.get(trial.variant) != (trial.settings, trial.images):
        return None
    history = History.load(TRAIN / f"{trial.variant}.csv")
    rows = [dict(zip(history.columns, row, strict=True)) for row in zip(*history.columns.values(), strict=True)]
    epochs = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return StoredRun(epochs, weights=models.load(MODELS / f"{trial.variant}.safetensors").state_dict())
