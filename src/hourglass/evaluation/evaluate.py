"""Evaluation of one trained variant on the test set."""

from collections.abc import Sequence

import torch
from sklearn.metrics import confusion_matrix
from torch import Tensor

from hourglass.corruptions import TESTED, TrainingInputs
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.measure import Measurements, measure
from hourglass.images import Images, collapsed, mean_image_mse, to_float, to_uint8
from hourglass.metrics import image_errors
from hourglass.metrics.reconstruction import DURING_TRAINING, FIRST_COUNTED_EPOCH, wrong_class_during_training
from hourglass.models import Model, reconstruct
from hourglass.models.inference import batches, device_of
from hourglass.records import DuringTraining, Evaluation, EvaluationImages, History, Snapshots

EXTREMES = 10  # images with the smallest errors, and as many with the largest
EXAMPLES, EXAMPLES_PER_CLASS, UNLABELLED_EXAMPLES = 200, 10, 20  # at most


def evaluate(
    model: Model, model_sha256: str, snapshots: Snapshots, data: EvaluationData, inputs: TrainingInputs
) -> tuple[Evaluation, EvaluationImages, History]:
    """Evaluate a trained model on the test set.

    Args:
        model: trained model.
        model_sha256: SHA-256 of the model file.
        snapshots: reconstructions of the first test images after each epoch.
        data: clean and corrupted images, and the classifier.
        inputs: training and test images under the training corruption of the model.

    Returns:
        The metrics of the model, its reconstructions and per-image values, and the metrics after each epoch.
    """
    test, count = data.test, snapshots.reconstructions.shape[1]
    originals, labels = test.images[:count], test.labels[:count]
    predictions = torch.stack([data.classifier.predict(images) for images in snapshots.reconstructions])
    mse = [image_errors(images, originals).mean().item() for images in snapshots.reconstructions]
    columns = {"mse": mse}
    if test.labelled:
        columns["label_accuracy"] = (predictions == labels).double().mean(1).tolist()
    history = History(range(1, len(mse) + 1), columns)
    measurements = measure(model, data, inputs)
    epochs = DURING_TRAINING.scores(predictions, labels, labelled=test.labelled)
    errors = measurements.clean.errors
    evaluation = Evaluation(
        model_sha256=model_sha256,
        metrics={**measurements.metrics, **{key: score.value for key, score in epochs.items()}},
        class_mse={name: errors[test.labels == label].mean().item() for label, name in enumerate(test.classes)},
        during_training=during_training(
            mse, predictions, labels if test.labelled else None, mean_image_mse(data.train.images, originals)
        ),
        dimension_metrics=dimension_metrics(model, test.images) or None,
        corruption=inputs.corruption.name,
        collapsed=measurements.collapsed,
    )
    return evaluation, _images(model, measurements, predictions, data), history


def during_training(
    mse: Sequence[float], predictions: Tensor, labels: Tensor | None, mean_image_mse: float
) -> DuringTraining:
    """Summarise the errors and predicted classes of N reconstructions over E epochs of training.

    Args:
        mse: mean squared error after each epoch.
        predictions: predicted class of each reconstruction after each epoch, uint8 (E, N).
        labels: true class of each image, uint8 (N,), or None for unlabelled images.
        mean_image_mse: mean squared error of predicting the mean training image for every image.
    """
    first = min(FIRST_COUNTED_EPOCH, len(predictions))
    return DuringTraining(
        wrong_class=None if labels is None else wrong_class_during_training(predictions, labels),
        first_epoch=first,
        epochs=len(predictions) - first + 1,
        at_mean_image=sum(collapsed(error, mean_image_mse) for error in mse),
        first_image_wrong=None if labels is None else int((predictions[first - 1 :, 0] != labels[0]).sum()),
    )


def _images(model: Model, measurements: Measurements, predictions: Tensor, data: EvaluationData) -> EvaluationImages:
    errors = measurements.clean.errors
    best, worst = extremes(errors)
    examples = first_of_each_class(data.test)
    inputs = torch.stack([data.inputs[name].images[examples] for name in TESTED])
    reconstructions = reconstruct(model, inputs.flatten(0, 1)).unflatten(0, inputs.shape[:2])
    example_errors = (reconstructions - to_float(data.test.images[examples])).square().mean(dim=(2, 3, 4))
    labels, predicted = data.test.labels.numpy(), measurements.in_domain.predictions.numpy()
    return EvaluationImages(
        errors=errors,
        outlier_errors={kind: values.float() for kind, values in measurements.outlier_errors.items()},
        best=best,
        worst=worst,
        best_images=to_uint8(measurements.clean.images[best]),
        worst_images=to_uint8(measurements.clean.images[worst]),
        examples=examples,
        reconstructions=to_uint8(reconstructions.flatten(0, 1)).unflatten(0, inputs.shape[:2]),
        example_errors=example_errors,
        predictions=predictions,
        confusion=torch.from_numpy(confusion_matrix(labels, predicted, labels=range(len(data.test.classes)))),
        per_image=measurements.per_image,
    )


def extremes(errors: Tensor) -> tuple[Tensor, Tensor]:
    """Return the indices of the ten smallest errors, smallest first, and of the ten largest errors, largest first."""
    order = errors.argsort(stable=True)
    return order[:EXTREMES], order[-EXTREMES:].flip(0)


def first_of_each_class(test: Images) -> Tensor:
    """Return the indices of the first images of each class, sorted by class, with the same number for each class.

    There are at most 10 indices per class and 200 in total, or 1 per class if there are more than 200 classes. For
    unlabelled images, the first 20 indices are returned.
    """
    most = min(EXAMPLES_PER_CLASS, max(1, EXAMPLES // len(test.classes))) if test.labelled else UNLABELLED_EXAMPLES
    count = min(most, int(test.labels.bincount(minlength=len(test.classes)).min()))
    return torch.cat([(test.labels == label).nonzero().flatten()[:count] for label in range(len(test.classes))])


@torch.inference_mode()
def dimension_metrics(model: Model, images: Tensor) -> dict[str, tuple[float, ...]]:
    """Return metrics of each latent dimension, averaged over uint8 images (N, C, H, W) and keyed by metric.

    For VAEs, the only metric is `kl`, the KL divergence from the prior in nats. For other models, there are none.
    """
    sums: dict[str, Tensor] = {}
    for batch in batches(images, device_of(model)):
        for name, values in model.dimension_metrics(batch).items():
            sums[name] = sums.get(name, 0) + values.double().sum(dim=0)
    return {name: tuple((total / len(images)).tolist()) for name, total in sums.items()}
