"""Runs of the pipeline are reused if they are the same, and no others."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from shapes import IMAGE
from sweeping import equal, one, small

from hourglass import models, training
from hourglass.corruptions import CorruptedImages, Corruption, corrupt
from hourglass.paths import IMAGES, INPUTS, MODELS, TRAIN
from hourglass.randomness import generator
from hourglass.runner import commands
from hourglass.settings import stage_configs
from hourglass.settings.stage_configs import PreprocessConfig, SweepConfig
from hourglass.sweep.job import Epoch, Job, SweepImages, execute
from hourglass.sweep.store import StoredRun, load, reuse_pipeline_runs
from hourglass.sweep.trials import Trial
from hourglass.training import TrainingData, TrainingRecorder

GRID = {"variants": ["denoising_vae"], "latent": [3]}


@pytest.fixture
def trial(images: SweepImages, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Change to a folder in which the pipeline has trained the returned trial."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(commands, "status", dict)
    trial = planned(small({"a": GRID}), folder)
    settings, seed = trial.settings, trial.sweep.seed
    for split in ("train", "test"):
        getattr(images, split).save(IMAGES / f"{split}.safetensors")
    corruption = Corruption(settings.corruption, **settings.strengths)
    test = corrupt(images.test.images, corruption, generator(seed, "inputs", "test", corruption.name))
    CorruptedImages(test, corruption).save(INPUTS / corruption.name / "test.safetensors")
    libraries = settings.libraries
    preprocess = PreprocessConfig(seed=seed, dataset="digits", fresh=True, strengths={}, libraries=libraries)
    stage_configs.write({"train/denoising_vae": settings, "preprocess-noise": preprocess})
    data = TrainingData.load(settings, IMAGES, INPUTS)
    model = models.build(settings.network, IMAGE, settings.seed)
    recorder = TrainingRecorder(model, data)
    device = torch.device("cpu")
    for record in training.run(model, data, settings.train, settings.loss, settings.seed, device):
        recorder.add(record)
    models.save(model, MODELS / "denoising_vae.safetensors")
    recorder.history().save(TRAIN / "denoising_vae.csv")
    return trial


def planned(config: SweepConfig, folder: Path) -> Trial:
    return one(config, {"digits": SweepImages.hashes(folder / "digits")})


def reuse(trial: Trial) -> StoredRun | None:
    folder = Path("trials")
    return load(folder, trial) if reuse_pipeline_runs(folder, [trial]) else None


def test_a_reused_run_is_what_a_worker_would_return(trial: Trial, images: SweepImages) -> None:
    run = reuse(trial)
    assert run is not None
    *epochs, evaluated = execute(Job("digits", trial.settings, trial.sweep), images)
    expected = [dict(epoch.metrics) for epoch in epochs if isinstance(epoch, Epoch)]
    assert run.epochs == [{k: v for k, v in metrics.items() if k != "images_per_second"} for metrics in expected]
    assert equal(run.weights, evaluated.weights)


@pytest.mark.parametrize("stage", ["train@denoising_vae", "preprocess-noise"])
def test_a_stale_run_is_not_reused(trial: Trial, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "status", lambda: {stage: []})
    assert reuse(trial) is None


def test_a_run_with_other_settings_or_images_is_not_reused(trial: Trial, folder: Path) -> None:
    for changes in ({"latent": [4]}, {"seeds": [1]}, {"epochs": 3}):
        assert reuse(planned(small({"a": GRID | changes}), folder)) is None
    assert reuse(planned(small({"a": GRID}, seed=5), folder)) is None
    assert reuse(replace(trial, images={**trial.images, "test": "another"})) is None
    assert reuse(replace(trial, label=3)) is None


def test_without_a_pipeline_nothing_is_reused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert reuse(planned(small({"a": GRID}), folder)) is None
