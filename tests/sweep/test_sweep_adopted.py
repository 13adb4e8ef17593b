"""What the pipeline has trained is taken over where it is the same training, and nothing else is."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from sweeping import small

from hourglass import models, training
from hourglass.corruptions import Corruption, Inputs
from hourglass.corruptions import corrupt
from hourglass.paths import IMAGES, INPUTS, MODELS, PLOTS
from hourglass.randomness import generator
from hourglass.runner import commands
from hourglass.settings.stage_configs import SweepConfig
from hourglass.sweep.adopted import adopted, made
from hourglass.sweep.data import SweepImages
from hourglass.sweep.store import Kept
from hourglass.sweep.trials import Trial, trials
from hourglass.sweep.work import Epoch, Order, Trained, work

GRID = {"variants": ["denoising_vae"], "latent": [3]}


@pytest.fixture
def pipeline(images: SweepImages, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """A folder in which the stages have trained a trial's network."""
    monkeypatch.chdir(tmp_path)
    stale: set[str] = set()
    monkeypatch.setattr(commands, "stale", lambda: stale)
    trial = wanted(small({"a": GRID}), folder)
    settings = trial.settings
    for split in ("train", "test"):
        getattr(images, split).save(IMAGES / f"{split}.safetensors")
    corruption = Corruption(settings.corruption, **settings.strengths)
    draw = generator(trial.sweep.seed, "inputs", "test", corruption.name)
    Inputs(corrupted(images.test.images, corruption, draw), corruption).save(
        INPUTS / corruption.name / "test.safetensors"
    )
    told = stages.Inputs(
        seed=trial.sweep.seed, dataset="digits", fresh=True, strengths={}, libraries=settings.libraries
    )
    stages.write({"train/denoising_vae": settings, "preprocess-noise": told})
    data = training.training_data(settings, IMAGES, INPUTS)
    model = models.build(settings.network, settings.seed)
    course = training.Course(model, data)
    for record in training.run(model, data, settings.train, settings.loss, settings.seed, torch.device("cpu")):
        course.add(record)
    models.save(model, MODELS / "variational.safetensors")
    course.history().save(PLOTS / "train/denoising_vae/history.csv")
    return trial


def wanted(sweep: SweepConfig, folder: Path) -> Trial:
    (trial,) = trials(sweep, {"digits": SweepImages.hashes(folder / "digits")})
    return trial


def taken(trial: Trial) -> Kept | None:
    return adopted(trial, made(trial.sweep))


def test_what_is_taken_over_is_what_a_worker_would_have_made(pipeline: Trial, images: SweepImages) -> None:
    kept = taken(pipeline)
    assert kept is not None
    sweep = pipeline.sweep
    steps = list(work(Order(pipeline.settings, sweep.seed, sweep.strengths, (), 1), images))
    records = [replace(step.record, images_per_second=None) for step in steps if isinstance(step, Epoch)]
    assert kept.records == records
    (trained,) = [step for step in steps if isinstance(step, Trained)]
    assert {name: array.tobytes() for name, array in kept.weights.items()} == {
        name: array.tobytes() for name, array in trained.weights.items()
    }


@pytest.mark.parametrize("stage", ["train@denoising_vae", "preprocess-noise"])
def test_what_dvc_finds_out_of_date_is_not_taken(pipeline: Trial, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "stale", lambda: {stage})
    assert taken(pipeline) is None


@pytest.mark.parametrize("changed", [{"latent": [4]}, {"seeds": [1]}, {"epochs": 3}])
def test_another_training_is_not_taken(pipeline: Trial, folder: Path, changed: dict[str, object]) -> None:
    assert taken(wanted(small({"a": GRID | changed}), folder)) is None


def test_other_test_noise_or_images_are_not_taken(pipeline: Trial, folder: Path) -> None:
    assert taken(wanted(small({"a": GRID}, seed=5), folder)) is None
    assert taken(replace(pipeline, images=pipeline.images | {"test": "another"})) is None


def test_without_a_pipeline_there_is_nothing_to_take(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert made(small({"a": GRID})) == {}
    assert adopted(wanted(small({"a": GRID}), folder), {}) is None
