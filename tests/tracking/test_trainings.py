"""The MLflow run of a variant's training, in a folder as the stages leave it."""

# isort: split
import json
import shutil
import subprocess
from pathlib import Path

import logged
import numpy as np
import pytest
import synthetic
import torch
import yaml
from mlflow import MlflowClient
from PIL import Image

from hourglass import models
from hourglass.corruptions import Corruption, Inputs
from hourglass.files import sha256
from hourglass.images import Images
from hourglass.paths import IMAGES, INPUTS, METRICS, MODELS, PICTURES, PLOTS, SNAPSHOTS
from hourglass.records import ComparisonSummary, Snapshots, TrainingSummary
from hourglass.settings.params import load
from hourglass.settings.stage_configs import TrainConfig, resolve, write
from hourglass.tracking import registration, trainings
from hourglass.tracking.store import connect, place

ROOT = Path(__file__).parents[2]
VARIANT = "denoising_vae"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: Images) -> Path:
    """Settings, data and an untrained model of one variant; the training and the test set differ."""
    for name in logged.OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    write(resolve(load()))
    for split, part in (("train", slice(0, 30)), ("test", slice(30, 80))):
        images = Images(digits.images[part], digits.labels[part], digits.dataset, digits.classes)
        images.save(IMAGES / f"{split}.safetensors")
        for corruption in (Corruption("none"), Corruption("gaussian", sigma=0.3)):
            noisy = images.images if corruption.name == "none" else 255 - images.images
            Inputs(noisy, corruption).save(INPUTS / corruption.name / f"{split}.safetensors")
    settings = TrainConfig.load(f"train/{VARIANT}")
    models.save(models.build(settings.network, 0), MODELS / f"{VARIANT}.safetensors")
    kept = torch.arange(2 * 50 * 28 * 28).remainder(251).reshape(2, 50, 28, 28).byte()
    Snapshots(kept).save(SNAPSHOTS / f"{VARIANT}.zip")
    return tmp_path


@pytest.fixture
def client(folder: Path) -> MlflowClient:
    return connect(place())


def _trained() -> str:
    """The id of a finished run of one epoch."""
    model = models.load(MODELS / f"{VARIANT}.safetensors")
    summary = TrainingSummary(
        epochs=1, train_mse=0.2, test_mse=0.1, mean_image_mse=0.3, collapsed=False, latent_dim=10, active_units=7
    )
    with trainings.run(VARIANT, "cpu") as run:
        run.log_epoch(1, {"train_mse": 0.2})
        trainings.finish(run, VARIANT, model, summary)
    return run.id


def _measured() -> None:
    """What later stages leave in files."""
    synthetic.evaluation(VARIANT, 10).save(METRICS / "evaluate" / f"{VARIANT}.json")
    synthetic.analysis(VARIANT, 10, "none").save(METRICS / "latent-analysis" / f"{VARIANT}.json")
    (PICTURES / VARIANT).mkdir(parents=True)
    (PICTURES / VARIANT / "map.png").write_bytes(b"picture")


def test_a_run_names_the_settings_and_the_data_it_was_trained_on(client: MlflowClient) -> None:
    run = client.get_run(_trained())
    assert run.info.run_name == VARIANT
    assert run.data.tags["data.sha256"] == sha256(IMAGES / "train.safetensors")
    assert run.data.tags["inputs.sha256"] == sha256(INPUTS / "gaussian/test.safetensors")
    assert run.data.tags["model.sha256"] == sha256(MODELS / f"{VARIANT}.safetensors")
    parameters = run.data.params
    assert (parameters["variant"], parameters["loss"], parameters["corruption"]) == (VARIANT, "elbo", "gaussian")
    assert (parameters["strengths.sigma"], parameters["network.latent"]) == ("0.3", "10")
    assert (run.data.metrics["active_units"], run.data.metrics["collapsed"]) == (7, 0)


def test_a_run_shows_the_first_image_of_each_class_and_what_becomes_of_it(client: MlflowClient, tmp_path: Path) -> None:
    run_id = _trained()
    assert client.get_run(run_id).data.tags["mlflow.loggedImages"] == "True"
    images = {Path(file.path).name: file.path for file in client.list_artifacts(run_id, "images")}
    steps = {name: "+".join(name.split("+")[:3]) for name in images if name.endswith(".png")}
    assert sorted(steps.values()) == ["after each epoch+step+1", "after each epoch+step+2", "after training+step+1"]
    first = Images.load(IMAGES / "test.safetensors").first_of_each_class()
    given = Inputs.load(INPUTS / "gaussian/test.safetensors").images[first]
    made = Snapshots.load(SNAPSHOTS / f"{VARIANT}.zip").reconstructions[:, first]
    for name, step in steps.items():
        with Image.open(client.download_artifacts(run_id, images[name], str(tmp_path))) as file:
            drawn = torch.tensor(np.array(file)).reshape(2, 2, 28, 5, 28).transpose(2, 3).flatten(0, 2)
        epoch = 0 if step == "after each epoch+step+1" else 1
        for number, (above, below) in enumerate(zip(given, made[epoch], strict=True)):
            half, column = divmod(number, 5)
            assert torch.equal(drawn[10 * half + column], above)
            assert torch.equal(drawn[10 * half + 5 + column], below)


def _git(*arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout.strip()


NAMES = {
    ("model.latent", 2): ["linear latent=2", "variational latent=2", "pca latent=2"],
    ("model.latent", 10): ["linear latent=10", "denoising_vae", "pca"],
    ("train.epochs", 2): ["linear epochs=2", "variational epochs=2", "pca"],
    ("train.learning_rate", 0.01): ["linear learning_rate=0.01", "variational learning_rate=0.01", "pca"],
    ("noise.sigma", 0.5): ["linear", "variational sigma=0.5", "pca"],
    ("seed", 1): ["linear seed=1", "variational seed=1", "pca seed=1"],
    ("variants.linear.network.encoder.dense", (64, 16)): ["linear encoder.dense=[64, 16]", "denoising_vae", "pca"],
}


def test_a_run_is_named_by_what_differs_from_the_commit(folder: Path) -> None:
    variants, text = ("linear", "denoising_vae", "pca"), (folder / "params.yaml").read_text()
    _git("init", "--quiet")
    assert [trainings.described(name).name for name in variants] == list(variants)
    _git("add", "settings")
    _git("commit", "--quiet", "--message", "Settings")
    for (setting, value), names in NAMES.items():
        block = params = yaml.safe_load(text)
        *above, last = setting.split(".")
        for key in above:
            block = block[key]
        block[last] = list(value) if isinstance(value, tuple) else value
        (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
        write(resolve(load()))
        assert [trainings.described(name).name for name in variants] == names


def test_later_figures_and_pictures_are_added_to_the_run(client: MlflowClient, tmp_path: Path) -> None:
    run_id = _trained()
    found = synthetic.evaluation(VARIANT, 10)
    trainings.add_results(VARIANT, found)
    folder = tmp_path / "drawn"
    folder.mkdir()
    for name in ("map.png", "pairs.png"):
        (folder / name).write_bytes(b"picture")
    trainings.add_pictures(VARIANT, folder)
    listed = {name for name in client.get_run(run_id).data.metrics if name.startswith("evaluate.")}
    assert listed == {"evaluate.clean.mse", "evaluate.restored.gaussian.psnr", "evaluate.code.knn"}
    assert client.get_run(run_id).data.metrics["evaluate.clean.mse"] == found.clean["mse"]
    in_full = json.loads(Path(client.download_artifacts(run_id, "figures/evaluate.json", str(tmp_path))).read_text())
    assert in_full == found.model_dump(exclude_none=True)
    pictures = client.list_artifacts(run_id, "pictures")
    assert [file.path for file in pictures] == ["pictures/map.png", "pictures/pairs.png"]


def test_a_model_from_dvcs_cache_gets_its_run_when_it_is_measured(client: MlflowClient) -> None:
    history = PLOTS / "train" / VARIANT / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("epoch,train_mse,test_mse\n1,0.4,\n2,0.3,0.2\n")
    found = synthetic.evaluation(VARIANT, 10)
    trainings.add_results(VARIANT, found)
    (experiment,) = client.search_experiments(filter_string="name = 'hourglass-fashion_mnist'")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.data.metrics["evaluate.clean.mse"] == found.clean["mse"]
    assert [point.value for point in client.get_metric_history(run.info.run_id, "train_mse")] == [0.4, 0.3]
    assert len(client.list_artifacts(run.info.run_id, "images")) == 6  # three, each of two sizes


def test_what_an_experiment_measures_of_a_model_it_did_not_train_is_told_apart(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under other noise, for which a variant that is given none is not trained again."""
    history = PLOTS / "train" / VARIANT / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("epoch,train_mse,test_mse\n1,0.2,\n")
    found, other = synthetic.evaluation(VARIANT, 10), synthetic.evaluation("another", 10)
    run_id = _trained()
    trainings.add_results(VARIANT, found)
    monkeypatch.setenv("DVC_EXP_NAME", "noisy")
    for _ in range(2):
        trainings.add_results(VARIANT, other)
    monkeypatch.delenv("DVC_EXP_NAME")
    trainings.add_results(VARIANT, found)
    by_id = {run.info.run_id: run.data for run in client.search_runs([client.get_run(run_id).info.experiment_id])}
    assert by_id.pop(run_id).metrics["evaluate.clean.mse"] == found.clean["mse"]
    (apart,) = by_id.values()
    assert apart.tags["dvc.exp_name"] == "noisy"
    assert apart.metrics["evaluate.clean.mse"] == other.clean["mse"] != found.clean["mse"]


def test_the_comparison_is_logged_and_the_best_registered(client: MlflowClient, tmp_path: Path) -> None:
    _git("init", "--quiet")
    (tmp_path / "dvc.lock").write_text("stages: {}\n")
    run_id = _trained()
    _measured()
    row = {"mse": 0.02, "gaussian": 17.0, "ssim": 0.7, "collapsed": False}
    compared = ComparisonSummary(
        dataset="fashion_mnist", run="fashion_mnist", strengths={"sigma": 0.3}, variants={VARIANT: row}, findings=()
    )
    said = registration.register(compared)
    _git("add", "dvc.lock")
    _git("commit", "--quiet", "--message", "Results")
    assert client.get_run(run_id).data.tags["dvc.lock"] == _git("rev-parse", "HEAD:dvc.lock")
    metrics = client.get_run(run_id).data.metrics
    listed = {name.removeprefix("compare."): value for name, value in metrics.items() if name.startswith("compare.")}
    assert listed == {"mse": 0.02, "gaussian": 17.0, "collapsed": 0, "noise_sigma": 0.3}
    in_full = Path(client.download_artifacts(run_id, "figures/compare.json", str(tmp_path)))
    assert json.loads(in_full.read_text()) == row
    assert [line.partition(" is ")[0] for line in said] == [
        "registered: hourglass-fashion_mnist-reconstruction@best",
        "registered: hourglass-fashion_mnist-denoising@best",
    ]
    assert client.get_model_version_by_alias("hourglass-fashion_mnist-denoising", "best").tags["variant"] == VARIANT


def test_what_stages_could_not_log_is_logged_with_the_comparison(client: MlflowClient) -> None:
    run_id = _trained()
    _measured()
    trainings.add_results(VARIANT, synthetic.evaluation("another", 10))
    compared = ComparisonSummary(
        dataset="fashion_mnist", run="fashion_mnist", strengths={"sigma": 0.3}, variants={VARIANT: {}}, findings=()
    )
    registration.register(compared)
    metrics = client.get_run(run_id).data.metrics
    assert metrics["evaluate.clean.mse"] == synthetic.evaluation("another", 10).clean["mse"]  # was there
    assert metrics["latent-analysis.map_knn"] == synthetic.analysis(VARIANT, 10, "none").map_knn
    assert [file.path for file in client.list_artifacts(run_id, "pictures")] == ["pictures/map.png"]
