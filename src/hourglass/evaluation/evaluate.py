"""Evaluation of one trained variant on the test set."""

import torch
from torch import Tensor

from hourglass.corruptions import TESTED, TrainingInputs
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.measure import Measurements, measure
from hourglass.evaluation.per_epoch import during_training, score_epochs, snapshot_predictions
from hourglass.images import Images, mean_image_mse, to_float, to_uint8
from hourglass.metrics import Reconstructions
from hourglass.models import Model, reconstruct
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
    train, test = data.train, data.test
    predictions = snapshot_predictions(snapshots, data.classifier)
    history = score_epochs(snapshots, predictions, test)
    mean_image = mean_image_mse(train.images, test.images[: predictions.shape[1]])
    summary = during_training(history, predictions, test, mean_image)
    measurements = measure(model, data, inputs)
    evaluation = Evaluation(
        model_sha256=model_sha256,
        metrics={**measurements.metrics, "wrong_class_during_training": summary.wrong_class},
        class_mse=measurements.class_mse,
        during_training=summary,
        dimension_metrics=measurements.dimension_metrics or None,
        corruption=inputs.corruption.name,
        collapsed=measurements.collapsed,
    )
    return evaluation, evaluation_images(model, measurements, predictions, data), history


def evaluation_images(
    model: Model, measurements: Measurements, predictions: Tensor, data: EvaluationData
) -> EvaluationImages:
    """Select the images that show how a model does.

    Args:
        model: trained model.
        measurements: its metrics and reconstructions.
        predictions: classes of its snapshots, uint8 (E, K).
        data: images and classifier.
    """
    errors = measurements.clean.errors
    best, worst = extremes(errors)
    examples = first_of_each_class(data.test)
    reconstructions, example_errors = reconstruct_examples(model, examples, data)
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
        confusion=confusion(measurements.in_domain),
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


def reconstruct_examples(model: Model, examples: Tensor, data: EvaluationData) -> tuple[Tensor, Tensor]:
    """Reconstruct test images under each tested corruption.

    Args:
        model: trained model.
        examples: indices of test images, int64 (S,).
        data: images and classifier.

    Returns:
        Reconstructions in the order of TESTED, uint8 (L, S, 28, 28), and their mean squared errors compared with the
        clean images, float32 (L, S).
    """
    inputs = torch.stack([data.inputs[name].images[examples] for name in TESTED])
    images = reconstruct(model, inputs.flatten(0, 1))
    differences = images.unflatten(0, inputs.shape[:2]) - to_float(data.test.images[examples])
    return to_uint8(images).unflatten(0, inputs.shape[:2]), differences.square().mean(dim=(2, 3, 4))


def confusion(reconstructions: Reconstructions) -> Tensor:
    """Count reconstructions by true class (row) and predicted class (column), int64 (C, C)."""
    labels, classes = reconstructions.originals.labels.long(), len(reconstructions.originals.classes)
    pairs = labels * classes + reconstructions.predictions
    return pairs.bincount(minlength=classes**2).unflatten(0, (classes, classes))
