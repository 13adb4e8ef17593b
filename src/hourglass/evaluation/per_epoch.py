"""Metrics of the reconstructions of the first test images after every epoch."""

from torch import Tensor

from hourglass.images import Images, collapsed
from hourglass.metrics import image_errors
from hourglass.metrics.reconstruction import FIRST_COUNTED_EPOCH, wrong_class_during_training
from hourglass.records import DuringTraining, History, Snapshots


def score_epochs(snapshots: Snapshots, predictions: Tensor, originals: Images) -> History:
    """Return MSE and label accuracy of the snapshots after every epoch.

    Args:
        snapshots: reconstructions of the first K of the originals.
        predictions: their classes, uint8 (E, K).
        originals: clean test images.
    """
    images, labels = (tensor[: predictions.shape[1]] for tensor in (originals.images, originals.labels))
    mse = [image_errors(reconstructions, images).mean().item() for reconstructions in snapshots.reconstructions]
    label_accuracy = (predictions == labels).double().mean(1).tolist()
    return History(range(1, len(mse) + 1), {"mse": mse, "label_accuracy": label_accuracy})


def during_training(history: History, predictions: Tensor, labels: Tensor, mean_image_mse: float) -> DuringTraining:
    """Summarise `score_epochs`.

    Args:
        history: output of `score_epochs`.
        predictions: classes of the snapshots, uint8 (E, K).
        labels: labels of their originals, uint8 (K,).
        mean_image_mse: error of the mean training image on their originals.
    """
    first = min(FIRST_COUNTED_EPOCH, len(predictions))
    return DuringTraining(
        wrong_class=wrong_class_during_training(predictions, labels),
        first_epoch=first,
        epochs=len(predictions) - first + 1,
        at_mean_image=sum(collapsed(mse, mean_image_mse) for mse in history.columns["mse"] if mse is not None),
        first_image_wrong=int((predictions[first - 1 :, 0] != labels[0]).sum()),
    )
