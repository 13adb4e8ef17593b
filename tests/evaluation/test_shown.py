"""The images by which a variant is shown."""

from dataclasses import replace

import pytest
import torch

from hourglass import evaluation, models
from hourglass.corruptions import TESTED, TrainingInputs
from hourglass.images import to_float, to_uint8
from hourglass.models import Model
from hourglass.models.spec import NetworkSpec


def _model() -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 3, "encoder": {"dense": [16]}}), 1).eval()


def test_samples_are_the_first_of_every_class_class_by_class(data: evaluation.EvaluationData) -> None:
    labels = data.test.labels.tolist()
    expected = [index for label in range(10) for index in [i for i, found in enumerate(labels) if found == label][:10]]
    assert evaluation.samples(data.test).tolist() == expected


def test_there_are_as_many_samples_of_each_class_as_of_the_rarest(data: evaluation.EvaluationData) -> None:
    labels = torch.arange(200).remainder(9).byte()
    labels[[190, 50, 120]] = 9
    chosen = evaluation.samples(replace(data.test, labels=labels))
    assert labels[chosen].tolist() == [label for label in range(10) for _ in range(3)]
    assert chosen[-3:].tolist() == [50, 120, 190]


def test_extremes_come_the_extreme_one_first() -> None:
    errors = torch.randperm(100, generator=torch.Generator().manual_seed(0)).double() / 100
    best, worst = evaluation.extremes(errors)
    assert errors[best].tolist() == [value / 100 for value in range(10)]
    assert errors[worst].tolist() == [value / 100 for value in range(99, 89, -1)]


def test_of_equal_errors_the_first_image_is_the_better_one() -> None:
    best, worst = evaluation.extremes(torch.ones(30, dtype=torch.float64))
    assert best.tolist() == list(range(10))
    assert worst.tolist() == list(range(29, 19, -1))


def test_samples_go_through_the_model_under_every_corruption(data: evaluation.EvaluationData) -> None:
    model, chosen = _model(), torch.tensor([7, 3, 150])
    images, errors = evaluation.under_every_corruption(model, chosen, data)
    assert list(data.inputs) != list(TESTED)  # the record's order is the registry's
    assert images.shape == (len(TESTED), 3, 28, 28)
    for number, name in enumerate(TESTED):
        expected = model(to_float(data.inputs[name].images[chosen])).detach()
        assert (images[number].int() - to_uint8(expected).int()).abs().max() <= 1  # batches of another size
        difference = (expected - to_float(data.test.images[chosen])).square().mean(dim=(1, 2, 3))
        assert torch.allclose(errors[number], difference, rtol=1e-4)
    assert errors.dtype == torch.float32


def test_the_record_holds_what_it_says(data: evaluation.EvaluationData, own: TrainingInputs) -> None:
    model, test = _model(), data.test
    reconstructions = models.reconstruct(model, test.images)
    errors = evaluation.image_errors(reconstructions, test.images)
    verdicts = torch.arange(6).byte().reshape(2, 3)
    found = evaluation.evaluation_images(model, evaluation.measure(model, data, own), verdicts, data)
    assert torch.equal(found.verdicts, verdicts)
    seen = data.classifier.classes(models.reconstruct(model, own.test))
    assert torch.equal(found.confusion, evaluation.confusion(seen, test))
    assert torch.equal(found.errors, errors)
    assert errors[found.best].max() < errors[found.worst].min()
    assert errors[found.best[0]] == errors.min()
    assert errors[found.worst[0]] == errors.max()
    for images, chosen in (found.best_images, found.best), (found.worst_images, found.worst):
        assert images.dtype == torch.uint8
        assert torch.equal(images, to_uint8(reconstructions[chosen]))
    assert torch.equal(found.samples, evaluation.samples(test))
    assert found.reconstructions.dtype == torch.uint8
    assert found.reconstructions.shape == (len(TESTED), len(found.samples), 28, 28)
    assert found.sample_errors[0].tolist() == pytest.approx(errors[found.samples].tolist(), rel=1e-4)
