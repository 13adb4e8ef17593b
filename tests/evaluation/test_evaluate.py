"""Records of an evaluation: epochs, examples and extremes."""

import pytest
import torch
from shapes import IMAGE

from hourglass import evaluation, models
from hourglass.corruptions import TESTED, TrainingInputs
from hourglass.evaluation import EvaluationData
from hourglass.evaluation.evaluate import extremes
from hourglass.images import to_float, to_uint8
from hourglass.models.spec import NetworkSpec
from hourglass.records import Evaluation, EvaluationImages, History, Snapshots

NETWORK = NetworkSpec.model_validate({"latent": 3, "encoder": {"dense": [16]}})
Result = tuple[Evaluation, EvaluationImages, History]


def snapshots(data: EvaluationData) -> Snapshots:
    """Snapshots of two epochs: in reverse order first, then perfect."""
    images = data.test.images[:50]
    return Snapshots(torch.stack([images.flip(0), images]))


@pytest.fixture(scope="module")
def result(data: EvaluationData, noisy: TrainingInputs) -> Result:
    return evaluation.evaluate(models.build(NETWORK, IMAGE, 1).eval(), "the hash", snapshots(data), data, noisy)


def test_epochs_are_scored_on_the_first_test_images(result: Result, data: EvaluationData) -> None:
    record, images, history = result
    mse, accuracy = history.columns["mse"], history.columns["label_accuracy"]
    assert list(history.epochs) == [1, 2]
    assert [error > 0 for error in mse if error is not None] == [True, False]
    assert torch.equal(images.predictions[1], data.predictions[:50])
    assert accuracy[0] < 0.5 < accuracy[1]  # type: ignore[operator]
    assert record.during_training.wrong_class == pytest.approx(1 - accuracy[1])  # type: ignore[operator]
    assert record.metrics["wrong_class_during_training"] == record.during_training.wrong_class
    assert record.during_training.at_mean_image == 1


def test_extremes_start_with_the_extreme_one() -> None:
    errors = torch.randperm(100, generator=torch.Generator().manual_seed(0)).double()
    best, worst = extremes(errors)
    assert errors[best].tolist() == list(range(10))
    assert errors[worst].tolist() == list(range(99, 89, -1))


def test_images_of_the_record(result: Result, data: EvaluationData, noisy: TrainingInputs) -> None:
    record, images, _ = result
    model = models.build(NETWORK, IMAGE, 1).eval()
    reconstructions = models.reconstruct(model, data.test.images)
    assert record.metrics["mse"] == pytest.approx(images.errors.mean().item())
    assert images.errors[images.best].max() < images.errors[images.worst].min()
    assert torch.equal(images.worst_images, to_uint8(reconstructions[images.worst]))
    predictions = data.classifier.predict(models.reconstruct(model, noisy.test))
    for label in range(10):
        expected = predictions[data.test.labels == label].bincount(minlength=10)
        assert torch.equal(images.confusion[label], expected)
        errors = images.errors[data.test.labels == label]
        assert record.class_mse[data.test.classes[label]] == pytest.approx(errors.mean().item())
    assert list(data.inputs) != list(TESTED)  # the order in the record is that of the registry
    for index, name in enumerate(TESTED):
        expected = model(to_float(data.inputs[name].images[images.examples])).detach()
        assert (images.reconstructions[index].int() - to_uint8(expected).int()).abs().max() <= 1
        errors = (expected - to_float(data.test.images[images.examples])).square().mean(dim=(1, 2, 3))
        assert torch.allclose(images.example_errors[index], errors, rtol=1e-4)
