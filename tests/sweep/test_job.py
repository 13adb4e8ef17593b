"""Jobs of a sweep: the results of the pipeline's stages, from wherever they resume."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from shapes import IMAGE
from sweeping import equal, one, small

from hourglass import evaluation, latent, metrics, models, training
from hourglass.corruptions import TESTED, CorruptedImages, Corruption, TrainingInputs, corrupt
from hourglass.evaluation import EvaluationData
from hourglass.images import to_float
from hourglass.models import Model
from hourglass.randomness import generator
from hourglass.sweep.job import Epoch, Evaluated, Job, SweepImages, execute
from hourglass.training import TrainingData

SEED = 7  # of the sweep; the run itself has seed 1


def job(variant: str, **changes: Any) -> Job:
    grid = {"variants": [variant], "latent": [3], "seeds": [1], "epochs": 2}
    config = small({"a": grid}, seed=SEED, **changes)
    return Job("digits", one(config).settings, config)


def results(job: Job, images: SweepImages) -> tuple[list[Epoch], Evaluated]:
    *epochs, evaluated = execute(job, images)
    assert isinstance(evaluated, Evaluated)
    return [epoch for epoch in epochs if isinstance(epoch, Epoch)], evaluated


def curves(epochs: list[Epoch]) -> list[dict[str, float]]:
    """Return the metrics of every epoch but the speed."""
    return [{name: value for name, value in e.metrics.items() if name != "images_per_second"} for e in epochs]


def corrupted(split: str, images: SweepImages, corruption: Corruption) -> CorruptedImages:
    """Corrupt a split like the stage preprocess-noise."""
    clean = images.train.images if split == "train" else images.test.images
    return CorruptedImages(corrupt(clean, corruption, generator(SEED, "inputs", split, corruption.name)), corruption)


def by_stages(job: Job, images: SweepImages) -> tuple[list[dict[str, float]], Model, evaluation.Measurements]:
    """Return the curves, the model and the measurements of preprocess-noise, train and evaluate."""
    settings = job.settings
    test = corrupted("test", images, Corruption(settings.corruption, **settings.strengths))
    inputs = test.corruption if settings.fresh_noise else corrupted("train", images, test.corruption).images
    data = TrainingData(images.train.images, inputs, images.test.images, test)
    model = models.build(settings.network, IMAGE, settings.seed)
    device = torch.device("cpu")
    records = list(training.run(model, data, settings.train, settings.loss, settings.seed, device))
    torch.set_flush_denormal(False)  # stages evaluate in a process of their own
    tests = {name: corrupted("test", images, Corruption.of(name, job.sweep.strengths)) for name in TESTED}
    evaluation_data = EvaluationData(images.train, images.test, tests, images.classifier, images.outliers)
    measurements = evaluation.measure(model, evaluation_data, TrainingInputs.of(images.train, test, SEED))
    return [{k: v for k, v in record.metrics().items() if v is not None} for record in records], model, measurements


def test_a_model_of_one_class_is_measured_against_all_others(images: SweepImages) -> None:
    task = replace(job("linear"), label=3)
    _, evaluated = results(task, images)
    chosen = images.of_class(3)
    assert set(chosen.train.labels.tolist()) == set(chosen.test.labels.tolist()) == {3}
    model = models.build(task.settings.network, IMAGE)
    model.load_state_dict(evaluated.weights)
    error = (models.reconstruct(model.eval(), images.test.images) - to_float(images.test.images)).square()
    mean_error, own = error.mean(dim=(1, 2, 3)), images.test.labels == 3
    higher = (mean_error[~own][:, None] > mean_error[own][None]).double().mean().item()
    assert evaluated.results["classes_error_auroc"] == pytest.approx(higher, abs=1e-6)
    assert evaluated.results["mse"] == pytest.approx(mean_error[own].mean().item(), rel=1e-5)


@pytest.mark.parametrize(("variant", "fresh"), [("denoising_vae", True), ("denoising", False), ("pca", True)])
def test_a_job_trains_and_evaluates_like_the_stages(images: SweepImages, variant: str, fresh: bool) -> None:
    task = job(variant, fresh=fresh)
    expected_curves, model, measurements = by_stages(task, images)
    epochs, evaluated = results(task, images)
    found = evaluated.results
    assert curves(epochs) == expected_curves
    assert equal(evaluated.weights, model.state_dict())
    assert found.items() >= measurements.metrics.items()
    assert {"class_means_recognised", "frechet_mixture", "collapsed"} <= found.keys()
    context = latent.Context.of(model, images.test, images.classifier, SEED)
    in_domain = corrupted("test", images, Corruption(task.settings.corruption, **task.settings.strengths))
    clean = {key: float(value) for key, value in found.items() if key.startswith("frechet_")}
    expected = latent.in_domain_frechet(context, TrainingInputs.of(images.train, in_domain, SEED), clean)
    assert expected.keys() == {f"in_domain_{key}" for key in clean if key != "frechet_prior"}
    assert expected.items() <= found.items()
    same = found["in_domain_frechet_mixture"] == found["frechet_mixture"]
    assert same == (task.settings.corruption == "none")
    assert task.sweep.strengths["sigma"] == 0.3
    assert found["restored_sigma_0.3_psnr"] == found["gaussian_psnr"] != found["restored_sigma_0.1_psnr"]
    for sigma in (0.1, 0.3):
        noisy = corrupted("test", images, Corruption("gaussian", sigma=sigma)).images
        mse = metrics.image_errors(noisy, images.test.images).mean().item()
        assert found[f"noisy_sigma_{sigma}_psnr"] == metrics.psnr_from_mse(mse)


def test_a_resumed_job_has_the_same_results_and_a_trained_network_is_only_evaluated(images: SweepImages) -> None:
    task = job("denoising_vae")
    epochs, evaluated = results(task, images)
    later, resumed = results(replace(task, state=epochs[0].state), images)
    assert curves(later) == curves(epochs[1:])
    assert equal(resumed.weights, evaluated.weights)
    assert resumed.results == evaluated.results
    more = replace(job("denoising_vae", noise=(0.1, 0.3, 0.5)), weights=evaluated.weights)
    later, again = results(more, images)
    assert later == []
    assert {name: value for name, value in again.results.items() if "0.5" not in name} == evaluated.results
