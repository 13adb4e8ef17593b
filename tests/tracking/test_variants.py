"""Test the runs of variants in a working directory as the stages leave it."""

import json
import shutil
import subprocess
from contextlib import chdir
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from mlflow.entities import Run
from PIL import Image
from repository import ROOT
from shapes import IMAGE
from synthetic import latent_analysis

from hourglass import models, tracking
from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.errors import UserError
from hourglass.files import sha256
from hourglass.images import Images
from hourglass.models import Model
from hourglass.paths import EVALUATE, IMAGES, INPUTS, LATENT, MODELS, PICTURES, SNAPSHOTS, TRAIN
from hourglass.records import ComparisonSummary, Evaluation, History, Snapshots, TrainingSummary
from hourglass.settings.params import ModelOverride, load
from hourglass.settings.stage_configs import TrainConfig, resolve, write
from hourglass.tracking import variants
from hourglass.tracking.variants import run_info

VARIANT = "denoising_vae"
FILE = MODELS / f"{VARIANT}.safetensors"
EPOCHS = 2
ANALYSIS = latent_analysis(VARIANT)
SUMMARY = {"epochs": EPOCHS, "train_mse": 0.2, "test_mse": 0.1, "mean_image_mse": 0.3, "collapsed": False}


@pytest.fixture(scope="module")
def prepared(digits: Images, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the settings, the data and the files of a variant whose model is not trained."""
    folder = tmp_path_factory.mktemp("prepared")
    with chdir(folder):
        shutil.copy(ROOT / "params.yaml", folder)
        write(resolve(load()))
        for split, part in (("train", slice(0, 30)), ("test", slice(30, 80))):
            images = Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
            images.save(IMAGES / f"{split}.safetensors")
            CorruptedImages(images.images, Corruption("none")).save(INPUTS / f"none/{split}.safetensors")
            noise = Corruption("gaussian", sigma=0.3)
            CorruptedImages(255 - images.images, noise).save(INPUTS / f"gaussian/{split}.safetensors")
        models.save(untrained(), FILE)
        snapshots = torch.arange(EPOCHS * 50 * 28 * 28).remainder(251).reshape(EPOCHS, 50, *IMAGE).byte()
        Snapshots(snapshots).save(SNAPSHOTS / f"{VARIANT}.zip")
        History([1, 2], {"train_mse": [0.4, 0.2], "test_mse": [None, 0.1]}).save(TRAIN / f"{VARIANT}.csv")
        summary().save(TRAIN / f"{VARIANT}.json")
        evaluation(0.02).save(EVALUATE / f"{VARIANT}.json")
        ANALYSIS.save(LATENT / f"{VARIANT}.json")
        (PICTURES / VARIANT).mkdir(parents=True)
        (PICTURES / VARIANT / "pairs.png").write_bytes(b"picture")
    return folder


def untrained() -> Model:
    return models.build(TrainConfig.load(f"train/{VARIANT}").network, IMAGE, 0)


@pytest.fixture
def variant(prepared: Path, root: Path) -> Model:
    """Return the model of the variant, after a change to a copy of its folder."""
    shutil.copytree(prepared, root, dirs_exist_ok=True)
    return untrained()


def summary() -> TrainingSummary:
    return TrainingSummary.model_validate(SUMMARY | {"latent_dim": 10, "active_units": 7})


def evaluation(mse: float) -> Evaluation:
    counts = {"wrong_class": 0.1, "first_epoch": 2, "epochs": 1, "at_mean_image": 0, "first_image_wrong": 0}
    metrics = {"mse": mse, "gaussian_psnr": 17.0, "silhouette": 0.1}
    values = {"model_sha256": sha256(FILE), "metrics": metrics, "class_mse": {"0": mse}, "during_training": counts}
    return Evaluation.model_validate(values | {"corruption": "gaussian", "collapsed": False})


def train(model: Model) -> str:
    with tracking.variant_run(VARIANT, "cpu", "key") as run:
        run.log_epoch(1, {"train_mse": 0.4})
        run.log_epoch(2, {"train_mse": 0.2, "test_mse": 0.1})
        tracking.log_training(run, VARIANT, model, summary())
    assert run.id is not None
    return run.id


def the_run(client: MlflowClient, condition: str = "") -> Run:
    experiment = client.get_experiment_by_name("hourglass-fashion_mnist")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id], condition)
    return run


def comparison() -> ComparisonSummary:
    rows, strengths = {VARIANT: {"mse": 0.02}}, {"sigma": 0.3}
    return ComparisonSummary(dataset="fashion_mnist", run="", strengths=strengths, variants=rows, results=())


def test_a_run_names_settings_and_data_and_shows_the_reconstructions_after_each_epoch(
    client: MlflowClient, variant: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(variants, "log_model", lambda *_: None)  # which takes seconds
    run_id = train(variant)
    run = the_run(client, "tags.sheet LIKE '%osnabrueck%'")  # as in docs/tracking.md
    tags = {"data.sha256": sha256(IMAGES / "train.safetensors"), "model.sha256": sha256(FILE), "variant": VARIANT}
    tags |= {"inputs.sha256": sha256(INPUTS / "gaussian/test.safetensors"), "dataset": "fashion_mnist"}
    assert tags.items() <= run.data.tags.items()
    settings = {"loss": "elbo", "corruption": "gaussian", "strengths.sigma": "0.3", "network.latent": "10"}
    assert (settings | {"device": "cpu", "variant": VARIANT}).items() <= run.data.params.items()
    assert (run.data.metrics["active_units"], run.data.metrics["collapsed"]) == (7, 0)
    assert not {"epochs", "latent_dim"} & run.data.metrics.keys()  # which are settings
    assert (run.info.status, run.info.run_name, run.info.run_id) == ("FINISHED", VARIANT, run_id)

    files = [file.path for file in client.list_artifacts(run_id, "images") if file.path.endswith(".png")]
    first = Images.load(IMAGES / "test.safetensors").first_of_each_class()
    inputs = CorruptedImages.load(INPUTS / "gaussian/test.safetensors").images[first]
    snapshots = Snapshots.load(SNAPSHOTS / f"{VARIANT}.zip", IMAGE).reconstructions[:, first]
    by_epoch = {int(path.split("step+")[1].partition("+")[0]): path for path in files}
    assert sorted(by_epoch) == [1, 2]
    for epoch, path in by_epoch.items():
        with Image.open(client.download_artifacts(run_id, path, str(tmp_path))) as file:
            picture = torch.tensor(np.array(file))[..., 0]
        for column, (above, below) in enumerate(zip(inputs, snapshots[epoch - 1], strict=True)):
            left = 2 + 30 * column
            assert torch.equal(picture[2:30, left : left + 28], above[0])
            assert torch.equal(picture[32:60, left : left + 28], below[0])


def test_later_stages_add_to_the_run_that_trained_the_model_and_experiments_to_their_own(
    client: MlflowClient, variant: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(variants, "log_model", lambda *_: None)
    run_id = train(variant)
    for record in (evaluation(0.03), evaluation(0.02), ANALYSIS):
        tracking.log_record(VARIANT, record)
    with monkeypatch.context() as patch:
        patch.setenv("DVC_EXP_NAME", "noisy")  # an experiment of DVC that did not train the model
        for _ in range(2):
            tracking.log_record(VARIANT, evaluation(0.05))
    tracking.log_pictures(VARIANT)
    runs = {run.info.run_id: run for run in client.search_runs([client.get_run(run_id).info.experiment_id])}
    metrics = runs.pop(run_id).data.metrics
    expected = {"mse": 0.02, "gaussian_psnr": 17.0, "collapsed": 0, "noise_sigma": 0.3}
    assert {key: value for key, value in metrics.items() if key.startswith("evaluate/")} == {
        f"evaluate/{key}": value for key, value in expected.items()
    }
    (other,) = runs.values()
    assert (other.data.tags["dvc.exp_name"], other.data.metrics["evaluate/mse"]) == ("noisy", 0.05)
    document = Path(client.download_artifacts(run_id, "results/evaluate.json", str(tmp_path)))
    assert json.loads(document.read_text()) == evaluation(0.02).model_dump(exclude_none=True)
    assert [file.path for file in client.list_artifacts(run_id, "pictures")] == ["pictures/pairs.png"]
    assert "pairs.png" in {file.path for file in client.list_artifacts(run_id)}  # where MLflow compares runs


def test_registering_logs_from_files_what_the_store_has_missed(
    client: MlflowClient, variant: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        with tracking.variant_run(VARIANT, "cpu", "key") as missed:
            tracking.log_training(missed, VARIANT, variant, summary())
        tracking.log_record(VARIANT, evaluation(0.02))
        assert missed.id is None
    for _ in range(2):
        lines = tracking.register(comparison())
        assert lines[0].startswith(f"registered: hourglass-fashion_mnist-reconstruction@best is {VARIANT}, ")
    run = the_run(client)
    assert run.data.tags["hourglass.restored"]
    for metric, points in {
        "train_mse": [(1, 0.4), (2, 0.2)],
        "test_mse": [(2, 0.1)],
        "evaluate/mse": [(0, 0.02)],
    }.items():
        assert [(p.step, p.value) for p in client.get_metric_history(run.info.run_id, metric)] == points
    assert (run.info.status, run.data.metrics["active_units"]) == ("FINISHED", 7)
    folders = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"images", "pictures", "results", "weights"} <= folders


def test_registering_logs_artifacts_that_were_deleted(client: MlflowClient, variant: Model, root: Path) -> None:
    train_id = train(variant)
    tracking.log_record(VARIANT, evaluation(0.02))
    tracking.register(comparison())
    shutil.rmtree(root / "mlflow-artifacts")
    (line, *_) = tracking.register(comparison())
    assert line.endswith("(version 2)")
    assert {file.path for file in client.list_artifacts(train_id)} >= {"images", "pictures", "weights"}
    mlflow.pyfunc.load_model("models:/hourglass-fashion_mnist-reconstruction@best")
    evaluation(0.05).model_copy(update={"model_sha256": "0" * 64}).save(EVALUATE / f"{VARIANT}.json")
    with pytest.raises(UserError, match=f"the results of {VARIANT} belong to another model; run `dvc repro` first"):
        tracking.register(comparison())
    assert the_run(client).data.metrics["evaluate/mse"] == 0.02


def test_a_run_is_named_for_the_settings_that_differ_from_the_committed_ones(variant: Model) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "settings"], [*identity, "commit", "-qm", "Settings"]):
        subprocess.run(["git", *command], check=True)
    assert run_info("linear").name == "linear"
    committed = load()
    for changes, names in (
        ({"model": ModelOverride(latent=2)}, ["linear latent=2", "denoising_vae latent=2", "pca latent=2"]),
        ({"noise": committed.noise.model_copy(update={"sigma": 0.5})}, ["linear", "denoising_vae sigma=0.5", "pca"]),
        ({"seed": 1}, ["linear seed=1", "denoising_vae seed=1", "pca seed=1"]),
    ):
        write(resolve(committed.model_copy(update=changes)))
        assert [run_info(name).name for name in ("linear", "denoising_vae", "pca")] == names
