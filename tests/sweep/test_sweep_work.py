"""What a worker does: the same numbers as the stages of the pipeline, from wherever it goes on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sweeping import HASHES, small

from hourglass import evaluation, latent, models, training
from hourglass.corruptions import TESTED, Corruption, Inputs
from hourglass.corruptions import corrupt
from hourglass.corruptions import TrainingInputs
from hourglass.models import Model
from hourglass.randomness import generator
from hourglass.records.base import flat
from hourglass.settings.stage_configs import SweepConfig, TrainConfig
from hourglass.sweep.data import SweepImages
from hourglass.sweep.trials import trials
from hourglass.sweep.work import Arrays, Epoch, Found, Order, Step, Trained, work
from hourglass.training import EpochRecord, TrainingData

SEED = 7  # of the sweep, and of what stages fix; a training's own is another
VARIANTS = ("linear", "denoising", "denoising_vae", "selu_denoising", "pca")


def order(variant: str, **changes: Any) -> Order:
    grid = {"variants": [variant], "latent": [3], "seeds": [1], "epochs": 3}
    settings = small({"a": grid}, noise=(0.1, 0.3), seed=SEED, **changes)
    return Order(trained(settings), settings.seed, settings.strengths, settings.sweep.noise, 1)


def trained(settings: SweepConfig) -> TrainConfig:
    (trial,) = trials(settings, HASHES)
    return trial.settings


def steps(given: Order, images: SweepImages) -> tuple[list[Epoch], Trained, Found]:
    """All that a worker says, in its order."""
    said = list(work(given, images))
    epochs = [step for step in said if isinstance(step, Epoch)]
    weights, found = said[len(epochs) :]
    assert isinstance(weights, Trained)
    assert isinstance(found, Found)
    return epochs, weights, found


def fixed(split: str, images: SweepImages, name: str, strengths: Any) -> Inputs:
    """As the stage preprocess-noise corrupts a split."""
    corruption = Corruption.of(name, strengths)
    clean = images.train.images if split == "train" else images.test.images
    return Inputs(corrupted(clean, corruption, generator(SEED, "inputs", split, name)), corruption)


def by_the_stages(given: Order, images: SweepImages) -> tuple[list[EpochRecord], Model, evaluation.Measured]:
    """The same by what preprocess-noise, train and evaluate call."""
    settings = given.settings
    test = fixed("test", images, settings.corruption, given.strengths)
    drawn = (
        test.corruption if settings.fresh_noise else fixed("train", images, settings.corruption, given.strengths).images
    )
    data = TrainingData(images.train.images, drawn, images.test.images, test)
    model = models.build(settings.network, settings.seed)
    records = list(training.run(model, data, settings.train, settings.loss, settings.seed, torch.device("cpu")))
    torch.set_flush_denormal(False)  # another process measures
    inputs = {name: fixed("test", images, name, given.strengths) for name in TESTED}
    data = evaluation.EvaluationData(images.train, images.test, inputs, images.classifier)
    return records, model, evaluation.measure(model, data, TrainingInputs.of(images.train, test, SEED))


def told(record: EpochRecord) -> EpochRecord:
    """But for how long it took."""
    return replace(record, images_per_second=0.0)


def same(found: Arrays, expected: Arrays) -> bool:
    """Bytes and names."""
    return {name: (array.dtype, array.shape, array.tobytes()) for name, array in found.items()} == {
        name: (array.dtype, array.shape, array.tobytes()) for name, array in expected.items()
    }


@pytest.mark.parametrize("fresh", [True, False], ids=("fresh", "fixed"))
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_worker_trains_and_measures_as_the_stages_do(images: SweepImages, variant: str, fresh: bool) -> None:
    if variant in ("linear", "pca") and not fresh:
        return  # no noise at all
    given = order(variant, fresh=fresh)
    records, model, expected = by_the_stages(given, images)
    epochs, weights, found = steps(given, images)
    assert [told(epoch.record) for epoch in epochs] == [told(record) for record in records]
    assert same(weights.weights, {name: tensor.numpy() for name, tensor in model.state_dict().items()})
    decoded = latent.decoded(model, images.train, images.test, images.classifier, SEED)
    figures = flat({**expected.figures(), "decoded": decoded.model_dump()})
    assert found.results.items() >= figures.items()
    assert {name for name in found.results if "sigma" not in name} == set(figures)


def test_restoring_from_noise_of_the_pipelines_strength_is_measured_as_the_pipeline_does(images: SweepImages) -> None:
    given = order("denoising")
    assert given.strengths["sigma"] == 0.3
    results = steps(given, images)[-1].results
    assert results["restored_sigma_0.3_psnr"] == results["restored.gaussian.psnr"]
    assert results["restored_sigma_0.1_psnr"] != results["restored.gaussian.psnr"]


def test_the_noisy_images_are_those_that_the_stage_fixes(images: SweepImages) -> None:
    results = steps(order("linear"), images)[-1].results
    for sigma in (0.1, 0.3):
        noisy = fixed("test", images, "gaussian", {"sigma": sigma}).images
        errors = evaluation.image_errors(noisy, images.test.images)
        assert results[f"noisy_sigma_{sigma}_psnr"] == evaluation.psnr(errors.mean().item())
    # clipping at 0 and 1 takes some of the noise away
    assert results["noisy_sigma_0.3_psnr"] > -20 * np.log10(0.3)


@pytest.mark.parametrize("variant", ["linear", "denoising", "denoising_vae"])
def test_a_training_that_goes_on_after_any_epoch_ends_with_the_same_bytes(images: SweepImages, variant: str) -> None:
    given = order(variant)
    epochs, weights, found = steps(given, images)
    assert [epoch.record.epoch for epoch in epochs] == [1, 2, 3]
    for done, epoch in enumerate(epochs, 1):
        later, again, measured = steps(replace(given, after=epoch.state), images)
        assert [told(step.record) for step in later] == [told(step.record) for step in epochs[done:]]
        assert same(again.weights, weights.weights)
        assert measured == found


@pytest.mark.parametrize("variant", ["denoising", "pca"])
def test_what_is_trained_is_only_measured(images: SweepImages, variant: str) -> None:
    given = order(variant)
    _, weights, found = steps(given, images)
    only: Sequence[Step] = list(work(replace(given, weights=weights.weights), images))
    assert only == [found]


def test_further_strengths_leave_all_else_as_it_is(images: SweepImages) -> None:
    given = order("denoising")
    _, weights, found = steps(given, images)
    (more,) = work(replace(given, weights=weights.weights, noise=(*given.noise, 0.5)), images)
    assert isinstance(more, Found)
    assert {name: value for name, value in more.results.items() if "0.5" not in name} == found.results
    assert "restored_sigma_0.5_psnr" in more.results


def test_images_and_classifier_reach_a_worker_as_they_are(images: SweepImages) -> None:
    found = images.packed().unpacked()
    for one, other in ((found.train, images.train), (found.test, images.test)):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert (one.dataset, one.classes) == (other.dataset, other.classes)
    weights = images.classifier.state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in found.classifier.state_dict().items())
    assert not found.classifier.training
    found.train.images.zero_()  # a copy: other workers have the same arrays
    assert images.train.images.any()
