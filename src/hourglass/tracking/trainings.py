"""The MLflow run of a variant's training: opened by `train`, added to by the stages that follow."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from hourglass import metrics, models, palette
from hourglass.corruptions import CorruptedImages
from hourglass.files import sha256
from hourglass.images import Images, to_float
from hourglass.models import Model
from hourglass.paths import DATA, IMAGES, INPUTS, MODELS, PICTURES, SNAPSHOTS, TRAIN
from hourglass.records import Evaluation, LatentAnalysis, Snapshots
from hourglass.records.base import Record, flat
from hourglass.settings.describe import describe_variant
from hourglass.settings.stage_configs import FOLDER, CompareConfig
from hourglass.settings.stage_configs import TrainConfig as Settings
from hourglass.tracking import results, runs
from hourglass.training import EpochRecord

MEASURED: dict[str, type[Record]] = {"evaluate": Evaluation, "latent-analysis": LatentAnalysis}
"""Stages that measure a variant, and what each of them leaves under `metrics/`."""

LISTED = {metric.key for metric in metrics.METRICS.values() if metric.headline} | {"collapsed"}
"""What MLflow lists of a row of the comparison."""

LONGEST_NAME = 250  # that MLflow's databases hold


def described(variant: str, device: str | None = None) -> runs.Training:
    """Name, settings as they took effect, and the hashes of the data a variant is trained on.

    device: on which it is trained, where that is known.
    """
    settings, shared = Settings.load(f"train/{variant}"), CompareConfig.load("compare")
    about: dict[str, Any] = {"variant": variant, "data": {"dataset": shared.dataset}}
    if device is not None:
        about["device"] = device
    tags = {
        runs.VARIANT: variant,
        "mlflow.runColor": palette.of_variant(shared.variants.index(variant)),
        runs.DATA_HASH: sha256(IMAGES / "train.safetensors"),
        "inputs.sha256": sha256(INPUTS / settings.corruption / "test.safetensors"),
    }
    parameters = about | settings.model_dump(mode="json")
    return runs.Training(_named(variant, settings), shared.dataset, parameters, tags, describe_variant(settings))


def _named(variant: str, settings: Settings) -> str:
    """With what differs from the settings that the commit has of it, if any: `linear latent=2`, `linear sigma=0.5`."""
    try:
        committed = runs.flat(json.loads(runs.git("show", f"HEAD:./{FOLDER}/train/{variant}.json")))
    except ValueError:  # there are none, or they are in no state to compare with
        return variant
    now = runs.flat(settings.model_dump(mode="json"))
    differs = [f"{name.partition('.')[2] or name}={text}" for name, text in now.items() if committed.get(name) != text]
    return " ".join([variant, *differs])[:LONGEST_NAME]


@contextmanager
def run(variant: str, device: str, key: str | None = None) -> Iterator[runs.TrainingRun]:
    """The run of a training, while it lasts. key: by which a killed training's run is found again."""
    with runs.training_run(described(variant, device), key) as opened:
        yield opened


def log_epoch(opened: runs.TrainingRun, record: EpochRecord) -> None:
    """What an epoch came to, and how fast it was."""
    opened.log_epoch(record.epoch, record.logged())


def finish(opened: runs.TrainingRun, variant: str, model: Model, summary: Record) -> None:
    """What the training left behind: see `TrainingRun.finish`."""
    opened.finish(model, MODELS / f"{variant}.safetensors", _example(), flat(summary.model_dump()), _learning(variant))


def add_results(variant: str, found: Record) -> None:
    """Add what a later stage found to the run of the variant's training: its headlines as metrics, all as a file."""
    content = found.model_dump(exclude_none=True)
    figures = flat(content)
    _add_figures(variant, found.stage.removesuffix("@"), {name: figures[name] for name in set(figures) & LISTED}, content)


def add_comparison(variant: str, row: Mapping[str, float], sigma: float) -> None:
    """Add a variant's row of the comparison in the same way. sigma: of the noise that variants restore."""
    # the run's own setting may be another: clean variants are not trained again when the noise changes
    listed = {key: value for key, value in row.items() if key in LISTED} | {"noise_sigma": sigma}
    # by it `git log --find-object` finds the commit that has the results: dvc.lock is whole once all is compared
    lock = runs.git("hash-object", "dvc.lock")
    _add_figures(variant, "compare", listed, row, {"dvc.lock": lock} if lock else {})


def _add_figures(
    variant: str,
    stage: str,
    listed: Mapping[str, float],
    content: Mapping[str, Any],
    tags: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """As metrics named `<stage>.…`, and in the file `figures/<stage>.json`."""
    _add(
        variant,
        {f"{stage}.{name}": value for name, value in listed.items()},
        documents={f"figures/{stage}.json": content},
        tags=tags,
    )


def add_pictures(variant: str, folder: Path) -> None:
    """Add the pictures of a folder to the run of the variant's training."""
    _add(variant, {}, sorted(folder.glob("*.png")))


def add_missing(variant: str) -> None:
    """Add what later stages left in files and could not log. Raises UnreachableError where that is still so."""
    on_record = results.recorded(described(variant), MODELS / f"{variant}.safetensors")
    for stage, kind in MEASURED.items():
        if not any(name.startswith(f"{stage}.") for name in on_record):
            add_results(variant, kind.load(DATA / stage / f"{variant}.json"))
    if "pictures" not in on_record:
        add_pictures(variant, PICTURES / variant)


def _add(
    variant: str,
    figures: Mapping[str, float],
    pictures: Sequence[Path] = (),
    documents: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    tags: Mapping[str, str] = MappingProxyType({}),
) -> None:
    file = MODELS / f"{variant}.safetensors"
    results.add_results(
        described(variant),
        file,
        figures,
        pictures,
        documents,
        folder="pictures",
        history=TRAIN / f"{variant}.csv",
        network=lambda: (models.load(file), _example()),
        images=lambda: _learning(variant),
        tags=tags,
    )


def _example() -> Tensor:
    """Two test images, to try a served model with."""
    return to_float(Images.load(IMAGES / "test.safetensors").images[:2])


def _learning(variant: str) -> Sequence[Tensor]:
    """After each epoch, the first test image of each class as the variant is given it, above what it makes of it."""
    first = Images.load(IMAGES / "test.safetensors").first_of_each_class()
    given = CorruptedImages.load(INPUTS / Settings.load(f"train/{variant}").corruption / "test.safetensors").images[first]
    made = Snapshots.load(SNAPSHOTS / f"{variant}.zip").reconstructions[:, first]
    pairs = torch.cat([given.expand_as(made), made], dim=2)  # (E, 10, 56, 28)
    halves = [torch.cat(half.unbind(1), dim=2) for half in pairs.chunk(2, dim=1)]  # (E, 56, 140) each
    return torch.cat(halves, dim=1).unbind()
