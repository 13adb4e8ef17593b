"""Records of an evaluation: epochs, examples, and what the stages write."""

from pathlib import Path

import pytest
import torch
from shapes import IMAGE
from torch.distributions import Normal, kl_divergence

from hourglass import evaluation, models
from hourglass.corruptions import TESTED, TrainingInputs
from hourglass.errors import UserError
from hourglass.evaluation import EvaluationData
from hourglass.evaluation.evaluate import dimension_metrics, during_training, extremes, first_of_each_class
from hourglass.files import sha256
from hourglass.images import Images, to_float, to_uint8
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.paths import CLASSIFIER, EVALUATE, IMAGES, INPUTS, MODELS, OUTLIERS, SNAPSHOTS
from hourglass.records import Evaluation, EvaluationImages, History, Snapshots
from hourglass.settings.stage_configs import EvaluateConfig, TrainConfig
from stages import evaluate as stage

NETWORK = NetworkSpec.model_validate({"latent": 3, "encoder": {"dense": [16]}})
VAE = NetworkSpec.model_validate({"latent": 3, "code": "gaussian", "encoder": {"dense": [16]}})
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


def test_epochs_near_the_mean_image_are_counted() -> None:
    mse = (0.2, 0.095, 0.085, 0.091, *(0.0,) * 16)
    predictions = torch.tensor([[4, 5]] * 9 + [[1, 2]] * 11)
    predictions[-1], predictions[-2, 0] = 7, 7
    labels = torch.tensor([1, 2], dtype=torch.uint8)
    summary = during_training(mse, predictions, labels, 0.1)
    assert summary.at_mean_image == 3  # above 0.09
    assert (summary.first_epoch, summary.epochs, summary.first_image_wrong) == (10, 11, 2)


def test_examples_are_the_first_of_every_class() -> None:
    labels = torch.arange(200).remainder(9).byte()
    labels[[190, 50, 120]] = 9
    images = Images(torch.zeros(200, *IMAGE).byte(), labels, "digits", tuple("0123456789"))
    examples = first_of_each_class(images)
    assert labels[examples].tolist() == [label for label in range(10) for _ in range(3)]
    assert examples[-3:].tolist() == [50, 120, 190]


def test_extremes_start_with_the_extreme_one() -> None:
    errors = torch.randperm(100, generator=torch.Generator().manual_seed(0)).double()
    best, worst = extremes(errors)
    assert errors[best].tolist() == list(range(10))
    assert errors[worst].tolist() == list(range(99, 89, -1))


def test_kl_of_every_latent_dimension_agrees_with_torch_distributions(data: EvaluationData) -> None:
    model = models.build(VAE, IMAGE)
    assert isinstance(model, VariationalAutoencoder)
    mean, log_variance = model.distribution(to_float(data.train.images))
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0, 1)).mean(dim=0)
    assert dimension_metrics(model, data.train.images)["kl"] == pytest.approx(expected.tolist(), rel=1e-4)


def test_other_models_have_no_metrics_of_latent_dimensions(data: EvaluationData) -> None:
    model = models.build(NETWORK, IMAGE)
    assert dimension_metrics(model, data.test.images) == {}


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


@pytest.mark.usefixtures("repository")
def test_the_stage_evaluate_writes_its_records(
    data: EvaluationData, noisy: TrainingInputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[str, Evaluation]] = []
    monkeypatch.setattr(EvaluateConfig, "load", lambda _: EvaluateConfig.model_construct(seed=5))
    monkeypatch.setattr(TrainConfig, "load", lambda _: TrainConfig.model_construct(corruption="gaussian"))
    monkeypatch.setattr(stage.tracking, "log_record", lambda *result: logged.append(result))
    models.save(models.build(NETWORK, IMAGE, 1), MODELS / "linear.safetensors")
    snapshots(data).save(SNAPSHOTS / "linear.zip")
    stage.main("linear")
    model, digest = models.load(MODELS / "linear.safetensors"), sha256(MODELS / "linear.safetensors")
    record, images, history = evaluation.evaluate(model, digest, snapshots(data), data, noisy)
    assert Evaluation.load(EVALUATE / "linear.json") == record
    assert History.load(EVALUATE / "linear.csv") == History([1, 2], history.columns)
    loaded = EvaluationImages.load(EVALUATE / "linear.safetensors")
    assert torch.equal(loaded.reconstructions, images.reconstructions)
    assert all(torch.equal(loaded.per_image[key], values) for key, values in images.per_image.items())
    assert logged == [("linear", record)]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("path", "stage"),
    [
        (IMAGES / "train.safetensors", "preprocess-noise"),
        (INPUTS / "occlusion/test.safetensors", "preprocess-noise"),
        (CLASSIFIER, "classifier"),
    ],
)
def test_a_missing_input_names_the_command_that_restores_it(path: Path, stage: str) -> None:
    path.unlink()
    with pytest.raises(UserError, match=rf"{path} is missing; .*`dvc repro {stage}`"):
        EvaluationData.load(IMAGES, INPUTS, CLASSIFIER, OUTLIERS)
