"""MLflow runs of the variants. Each trained model has one run, identified by the hash of the model file."""

import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path

import mlflow
import numpy as np
import torch
from mlflow import MlflowClient
from torch import Tensor

from hourglass import models
from hourglass.corruptions import CorruptedImages
from hourglass.errors import UserError
from hourglass.export import export
from hourglass.files import sha256
from hourglass.images import Images, to_float
from hourglass.metrics import METRICS
from hourglass.models import Model
from hourglass.paths import EVALUATE, IMAGES, INPUTS, LATENT, MODELS, PICTURES, SNAPSHOTS, TRAIN
from hourglass.records import Evaluation, History, LatentAnalysis, Snapshots, TrainingSummary
from hourglass.settings.params import load
from hourglass.settings.stage_configs import FOLDER, CompareConfig, TrainConfig
from hourglass.tracking.runs import DVC_EXPERIMENT, Run, RunInfo, git, log_metrics, open_run, parameters, start_run
from hourglass.tracking.store import attempt, experiment_id, lock

VARIANT, MODEL_HASH = "variant", "model.sha256"
LONGEST_NAME = 250  # characters
PARAMETERS = {"epochs", "latent_dim"}  # of the training summary, which the settings of the run already show
EARLY_STOP = ("train_mse", "test_mse", "kept_epoch")  # of the trained model, which is not that of the last epoch then
COMPARED = ("pairs", "embedding", "confusion")  # pictures at the root, where MLflow compares the artifacts of runs
FILES_PER_IMAGE = 2  # MLflow adds a thumbnail
REQUIREMENTS = [f"{package}=={version(package)}" for package in ("mlflow", "numpy", "pillow", "torch")]


def variant_run(variant: str, device: str, key: str) -> AbstractContextManager[Run]:
    """Return a context manager for the MLflow run of a variant's training.

    `device` is logged, such as `cpu`. `key` identifies the run: an earlier run with the same key is resumed.
    """
    return start_run(run_info(variant, device), key)


def log_training(run: Run, variant: str, model: Model, summary: TrainingSummary) -> None:
    """Log a training summary, the weights, the exported model, and the reconstructions after each epoch."""
    run.log_results(_final_metrics(summary))
    run.log(lambda client, run_id: _log_files(client, run_id, variant, model))


def log_record(variant: str, record: Evaluation | LatentAnalysis) -> None:
    """Log an evaluation or latent analysis, as metrics and JSON, to the MLflow run of the variant's current model."""
    attempt(variant, lambda client: _add_record(client, variant, record))


def log_pictures(variant: str) -> None:
    """Log the pictures of a variant to the MLflow run of its current model."""
    attempt(variant, lambda client: _add_pictures(client, variant))


def complete(client: MlflowClient, variant: str) -> None:
    """Add missing results to the MLflow run of a variant, read from the variant's output files.

    Raises UserError if a result file is missing, damaged, or computed with a model other than the current one.
    """
    evaluation = Evaluation.load(EVALUATE / f"{variant}.json")
    if evaluation.model_sha256 != sha256(MODELS / f"{variant}.safetensors"):
        raise UserError(f"the results of {variant} belong to another model; run `dvc repro` first")
    _add_record(client, variant, evaluation)
    _add_record(client, variant, LatentAnalysis.load(LATENT / f"{variant}.json"))
    _add_pictures(client, variant)


def run_info(variant: str, device: str | None = None) -> RunInfo:
    """Return the name, settings and tags of a variant's MLflow run. The settings include `device` if it is given."""
    settings, dataset = TrainConfig.load(f"train/{variant}"), CompareConfig.load("compare").dataset
    tags = {
        VARIANT: variant,
        "dataset": dataset,
        "data.sha256": sha256(IMAGES / "train.safetensors"),
        "inputs.sha256": sha256(INPUTS / settings.corruption / "test.safetensors"),
    }
    if settings.pretrained:
        tags["pretrained.sha256"] = settings.pretrained.sha256  # the tag `model.sha256` of the run it comes from
    if sheets := [name for name, variants in load().sheets.items() if variant in variants]:
        tags["sheet"] = ", ".join(sheets)
    values = {"variant": variant, "data": {"dataset": dataset}, **settings.model_dump(mode="json")}
    if device is not None:
        values["device"] = device
    return RunInfo(_name(variant, settings), dataset, values, tags, settings.describe())


def _final_metrics(summary: TrainingSummary) -> dict[str, float]:
    values = summary.model_dump(exclude=PARAMETERS, exclude_none=True)
    final = ("validation_mse", *(EARLY_STOP if summary.kept_epoch else ()))
    return {f"train/{name}" if name in final else name: value for name, value in values.items()}


def _name(variant: str, settings: TrainConfig) -> str:
    """Return a run name that lists the settings changed since the last git commit, such as `linear latent=2`."""
    try:
        committed = parameters(json.loads(git("show", f"HEAD:./{FOLDER}/train/{variant}.json")))
    except ValueError:  # not committed, or not JSON
        return variant
    current = parameters(settings.model_dump(mode="json"))
    changes = [f"{key.partition('.')[2] or key}={text}" for key, text in current.items() if committed.get(key) != text]
    return " ".join([variant, *changes])[:LONGEST_NAME]


def _find_or_restore(client: MlflowClient, variant: str) -> str:
    """Return the ID of the MLflow run of a variant's current model. A missing run is created from the output files.

    A run is missing if DVC restored the model from its cache, or if the MLflow store failed during training.
    """
    info, file = run_info(variant), MODELS / f"{variant}.safetensors"
    experiment, digest = experiment_id(client, info.experiment), sha256(file)
    with lock():  # evaluate and latent-analysis may run at the same time
        if run_id := _find(client, experiment, variant, digest):
            if not client.list_artifacts(run_id, "weights"):  # the folder of artifacts was deleted or moved
                _log_files(client, run_id, variant, models.load(file))
            return run_id
        run_id = open_run(client, experiment, info, f"{variant} {digest} {os.environ.get('DVC_EXP_NAME', '')}")
        client.set_tag(run_id, "hourglass.restored", "logged from files, not while training")
        history = History.load(TRAIN / f"{variant}.csv")
        final = _final_metrics(TrainingSummary.load(TRAIN / f"{variant}.json"))
        points = [(name, 0, value) for name, value in final.items() if name not in history.columns]
        for name, column in history.columns.items():
            curve = zip(history.epochs, column, strict=True)
            points += [(name, epoch, value) for epoch, value in curve if value is not None]
        log_metrics(client, run_id, points)
        _log_files(client, run_id, variant, models.load(file))
        client.set_terminated(run_id, "FINISHED")
        return run_id


def _find(client: MlflowClient, experiment: str, variant: str, digest: str) -> str | None:
    """Return the ID of the latest run that trained the model with hash `digest`, or None if there is no such run.

    In a DVC experiment, only runs of this DVC experiment are considered, so that its metrics do not replace the metrics
    of other runs. Otherwise, runs outside DVC experiments are preferred.
    """
    condition = f"tags.`{MODEL_HASH}` = '{digest}' and tags.`{VARIANT}` = '{variant}'"
    if name := os.environ.get("DVC_EXP_NAME"):
        condition += f" and tags.`{DVC_EXPERIMENT}` = '{name}'"
    runs = client.search_runs([experiment], condition, order_by=["attributes.start_time DESC"])
    best = min(runs, key=lambda run: DVC_EXPERIMENT in run.data.tags, default=None)
    return None if best is None else str(best.info.run_id)


def _log_files(client: MlflowClient, run_id: str, variant: str, model: Model) -> None:
    test, file = Images.load(IMAGES / "test.safetensors"), MODELS / f"{variant}.safetensors"
    logged = len(client.list_artifacts(run_id, "images")) // FILES_PER_IMAGE
    for epoch, picture in list(enumerate(_reconstructions(variant, test), 1))[logged:]:
        client.log_image(run_id, picture, key="reconstructions", step=epoch, synchronous=True)
    client.log_artifact(run_id, str(file), "weights")
    log_model(run_id, model, to_float(test.images[:2]))
    client.set_tag(run_id, MODEL_HASH, sha256(file))  # last: a run with this tag is complete


def _reconstructions(variant: str, test: Images) -> Iterator[np.ndarray]:
    """Yield one picture (H, W, 3) per epoch, with one test input per class in the top row and reconstructions below."""
    from torchvision.utils import make_grid  # noqa: PLC0415  slow to import

    snapshots = Snapshots.load(SNAPSHOTS / f"{variant}.zip", test.shape).reconstructions
    first = test.first_of_each_class()
    first = first[first < snapshots.shape[1]]
    corruption = TrainConfig.load(f"train/{variant}").corruption
    inputs = CorruptedImages.load(INPUTS / corruption / "test.safetensors").images[first]
    for images in snapshots[:, first]:
        yield make_grid(torch.cat([inputs, images]), nrow=len(first)).permute(1, 2, 0).numpy()


def log_model(run_id: str, model: Model, images: Tensor) -> None:
    """Log a model to an MLflow run. Loading the logged model requires neither this project nor pickle (see `served`).

    `images` are example inputs, float32 (N, C, H, W). Afterwards, the run has the status FINISHED.
    """
    # a copy, as the original stays in its mode and on its device
    model, task = deepcopy(model).cpu().eval(), "reconstruct"
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), mlflow.start_run(run_id=run_id):
        warnings.filterwarnings("ignore", ".*type hint is inferred as AnyType", UserWarning)  # in MLflow's own code
        from mlflow.models import ModelSignature  # noqa: PLC0415  warns
        from mlflow.types.schema import DataType, ParamSchema, ParamSpec  # noqa: PLC0415

        parts = {part: Path(folder, f"{part}.pt2") for part in ("encoder", "decoder")}
        for part, file in parts.items():
            export(model, part, file)
        mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={part: str(file) for part, file in parts.items()},
            model_config={"image": list(model.image), "latent": model.spec.latent},
            signature=ModelSignature(params=ParamSchema([ParamSpec("task", DataType.string, task)])),
            input_example=(images.cpu().numpy(), {"task": task}),
            pip_requirements=REQUIREMENTS,
        )


def _add_record(client: MlflowClient, variant: str, record: Evaluation | LatentAnalysis) -> None:
    run_id, stage = _find_or_restore(client, variant), record.stage.removesuffix("@")
    metrics = {key: record.metrics[key] for key, metric in METRICS.items() if metric.headline and key in record.metrics}
    if isinstance(record, Evaluation):
        sigma = CompareConfig.load("compare").strengths["sigma"]
        metrics |= {"collapsed": record.collapsed, "noise_sigma": sigma}
    client.log_dict(run_id, record.model_dump(exclude_none=True), f"results/{stage}.json")
    current = client.get_run(run_id).data.metrics
    points = [(f"{stage}/{key}", 0, value) for key, value in metrics.items()]
    log_metrics(client, run_id, [point for point in points if current.get(point[0]) != point[2]])


def _add_pictures(client: MlflowClient, variant: str) -> None:
    run_id = _find_or_restore(client, variant)
    client.log_artifacts(run_id, str(PICTURES / variant), "pictures")
    for picture in (PICTURES / variant).iterdir():
        if picture.stem in COMPARED:
            client.log_artifact(run_id, str(picture))
