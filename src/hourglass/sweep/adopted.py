"""Trainings that the pipeline has made already: a sweep takes them as they are, since a worker would end at the same.

What is up to date is for DVC to say; that the data are the same, the files' hashes say.
"""

from collections.abc import Mapping

from hourglass import models
from hourglass.files import sha256
from hourglass.paths import IMAGES, MODELS, TRAIN
from hourglass.records import History
from hourglass.runner import commands
from hourglass.settings.stage_configs import PreprocessConfig, SweepConfig, TrainConfig
from hourglass.sweep.data import SPLITS
from hourglass.sweep.store import Kept
from hourglass.sweep.trials import Trial
from hourglass.training import EpochRecord

Made = Mapping[str, tuple[TrainConfig, Mapping[str, str]]]
"""By variant, its settings, and the hashes of the images that it was trained on."""


def made(settings: SweepConfig) -> Made:
    """The pipeline's trainings that are up to date."""
    files = {split: IMAGES / f"{split}.safetensors" for split in SPLITS}
    trained = [name for name in settings.variants if (MODELS / f"{name}.safetensors").exists()]
    if not trained or not all(file.exists() for file in files.values()):
        return {}
    stale = commands.stale()
    if "preprocess-noise" in stale or PreprocessConfig.load("preprocess-noise").seed != settings.seed:
        return {}  # test losses would be of other noise
    images = {split: sha256(file) for split, file in files.items()}
    return {name: (TrainConfig.load(f"train/{name}"), images) for name in trained if f"train@{name}" not in stale}


def adopted(trial: Trial, found: Made) -> Kept | None:
    """What the pipeline's training of a trial came to, if it is the same; None otherwise."""
    if found.get(trial.variant) != (trial.settings, trial.images):
        return None
    model = models.load(MODELS / f"{trial.variant}.safetensors")
    history = History.load(TRAIN / f"{trial.variant}.csv")
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    return Kept(records(history), weights=weights)


def records(history: History) -> list[EpochRecord]:
    """The epochs of a history, as the training gave them, but for how fast they were."""
    lines = zip(*history.columns.values(), strict=True)
    return [
        _record(epoch, dict(zip(history.columns, line, strict=True)))
        for epoch, line in zip(history.epochs, lines, strict=True)
    ]


def _record(epoch: int, line: Mapping[str, float | None]) -> EpochRecord:
    def terms(split: str) -> dict[str, float]:
        named = {name.removeprefix(f"{split}_"): value for name, value in line.items() if name.startswith(f"{split}_")}
        return {name: value for name, value in named.items() if name != "mse" and value is not None}

    train_mse = line["train_mse"]
    assert train_mse is not None  # measured in every epoch
    return EpochRecord(epoch, train_mse, terms("train"), line["test_mse"], None, terms("test"))
