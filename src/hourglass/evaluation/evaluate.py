"""Evaluation of one trained variant on the test set."""

import torch
from sklearn.metrics import confusion_matrix
from torch import Tensor

from hourglass.corruptions import TESTED, TrainingInputs
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.measure import Measurements, measure
from hourglass.evaluation.per_epoch import during_training, score_epochs
from hourglass.images import Images, mean_image_mse, to_float, to_uint8
from hourglass.metrics.reconstruction import DURING_TRAINING
from hourglass.models import Model, reconstruct
from hourglass.models.inference import batches, device_of
from hourglass.records import Evaluation, EvaluationImages, History, Snapshots

EXTREMES = 10  # images with the smallest errors, and as many with the largest
EXAMPLES_PER_CLASS = 10


def evaluate(
    model: Model, model_sha256: str, snapshots: Snapshots, data: EvaluationData, inputs: TrainingInputs
) -> tuple[Evaluation, EvaluationImages, History]:
    """Evaluate a trained model.

    Args:
        model: trained model.
        model_sha256: SHA-256 of its file.
        snapshots: its reconstructions of the first test images after every epoch.
        data: images and classifier.
        inputs: images under its training corruption.

    Returns:
        Metrics, example images with per-image values, and metrics of every epoch.
    """
    test = data.test
    predictions = torch.stack([data.classifier.predict(images) for images in snapshots.reconstructions])
    history, count = score_epochs(snapshots, predictions, test), predictions.shape[1]
    mean_image = mean_image_mse(data.train.images, test.images[:count])
    measurements = measure(model, data, inputs)
    errors, epochs = measurements.clean.errors, DURING_TRAINING.scores(predictions, test.labels[:count])
    evaluation = Evaluation(
        model_sha256=model_sha256,
        metrics={**measurements.metrics, **{key: score.value for key, score in epochs.items()}},
        class_mse={name: errors[test.labels == label].mean().item() for label, name in enumerate(test.classes)},
        during_training=during_training(history, predictions, test.labels[:count], mean_image),
        dimension_metrics=dimension_metrics(model, test.images) or None,
        corruption=inputs.corruption.name,
        collapsed=measurements.collapsed,
    )
    return evaluation, _images(model, measurements, predictions, data), history


def _images(model: Model, measurements: Measurements, predictions: Tensor, data: EvaluationData) -> EvaluationImages:
    errors = measurements.clean.errors
    best, worst = extremes(errors)
    examples = first_of_each_class(data.test)
    reconstructions, example_errors = _reconstruct_examples(model, examples, data)
    labels, predicted = data.test.labels.numpy(), measurements.in_domain.predictions.numpy()
    return EvaluationImages(
        errors=errors,
        best=best,
        worst=worst,
        best_images=to_uint8(measurements.clean.images[best]),
        worst_images=to_uint8(measurements.clean.images[worst]),
        examples=examples,
        reconstructions=reconstructions,
        example_errors=example_errors,
        predictions=predictions,
        confusion=torch.from_numpy(confusion_matrix(labels, predicted, labels=range(len(data.test.classes)))),
        per_image=measurements.per_image,
    )


def extremes(errors: Tensor) -> tuple[Tensor, Tensor]:
    """Return indices of the smallest errors (N,), the smallest first, and of the largest, the largest first."""
    order = errors.argsort(stable=True)
    return order[:EXTREMES], order[-EXTREMES:].flip(0)


def first_of_each_class(test: Images) -> Tensor:
    """Return indices of the first test images of every class, class by class, equally many per class."""
    count = min(EXAMPLES_PER_CLASS, int(test.labels.bincount(minlength=len(test.classes)).min()))
    return torch.cat([(test.labels == label).nonzero().flatten()[:count] for label in range(len(test.classes))])


def _reconstruct_examples(model: Model, examples: Tensor, data: EvaluationData) -> tuple[Tensor, Tensor]:
    """Return reconstructions, uint8 (L, S, 28, 28), and errors, float32 (L, S), in the order of TESTED."""
    inputs = torch.stack([data.inputs[name].images[examples] for name in TESTED])
    images = reconstruct(model, inputs.flatten(0, 1))
    differences = images.unflatten(0, inputs.shape[:2]) - to_float(data.test.images[examples])
    return to_uint8(images).unflatten(0, inputs.shape[:2]), differences.square().mean(dim=(2, 3, 4))


@torch.inference_mode()
def dimension_metrics(model: Model, images: Tensor) -> dict[str, tuple[float, ...]]:
    """Return the model's own metrics of every latent dimension, means over uint8 images (N, 28, 28).

    A variational autoencoder has `kl`, the KL divergence from the prior in nats; other models have none.
    """
    sums: dict[str, Tensor] = {}
    for batch in batches(images, device_of(model)):
        for name, values in model.dimension_metrics(batch).items():
            sums[name] = sums.get(name, 0) + values.double().sum(dim=0)
    return {name: tuple((total / len(images)).tolist()) for name, total in sums.items()}
