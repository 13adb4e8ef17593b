"""Metrics of the reconstructions of the first test images after every epoch."""

import torch
from torch import Tensor

from hourglass.classifier import Classifier
from hourglass.images import Images, collapsed
from hourglass.metrics import FIRST_COUNTED_EPOCH, image_errors, wrong_class_during_training
from hourglass.records import DuringTraining, History, Snapshots


def snapshot_predictions(snapshots: Snapshots, classifier: Classifier) -> Tensor:
    """Return the class of each of K snapshots after each of E epochs, uint8 (E, K)."""
    return torch.stack([classifier.predict(images) for images in snapshots.reconstructions])


def score_epochs(snapshots: Snapshots, predictions: Tensor, originals: Images) -> History:
    """Return MSE and label accuracy of the snapshots after every epoch.

    Args:
        snapshots: reconstructions of the first K of the originals.
        predictions: their classes, uint8 (E, K).
        originals: clean test images.
    """
    count = predictions.shape[1]
    images, labels = originals.images[:count], originals.labels[:count]
    mse = [image_errors(reconstructions, images).mean().item() for reconstructions in snapshots.reconstructions]
    label_accuracy = (predictions == labels).double().mean(1).tolist()
    return History(range(1, len(mse) + 1), {"mse": mse, "label_accuracy": label_accuracy})


def during_training(history: History, predictions: Tensor, originals: Images, mean_image_mse: float) -> DuringTraining:
    """Summarise `score_epochs`.

    Args:
        history: output of `score_epochs`.
        predictions: classes of the snapshots, uint8 (E, K).
        originals: clean test images.
        mean_image_mse: error of the mean training image on the first K of them.
    """
    first = min(FIRST_COUNTED_EPOCH, len(predictions))
    labels = originals.labels[: predictions.shape[1]]
    return DuringTraining(
        wrong_class=wrong_class_during_training(predictions, labels),
        first_epoch=first,
        epochs=len(predictions) - first + 1,
        at_mean_image=sum(collapsed(mse, mean_image_mse) for mse in history.columns["mse"] if mse is not None),
        first_image_wrong=int((predictions[first - 1 :, 0] != labels[0]).sum()),
    )
