"""Descriptive statistics of a single run: when its loss settles, and which classes are confused."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.metrics.codes import leave_one_out_predictions

TOLERANCE = 0.05  # relative distance from the final value below which a loss has settled
Counts = NDArray[np.int64]
LAST = 0.1  # share of the epochs; a loss that only settles there may still be falling


def settled_epoch(curve: Sequence[tuple[int, float]]) -> int | None:
    """Return the epoch from which a loss stays within 5 % of its final value.

    `curve` holds points (epoch, loss). The result is None if the loss settles only in the last tenth of the epochs.
    """
    last_epoch, final = curve[-1]
    settled = last_epoch
    for epoch, value in reversed(curve):
        if abs(value - final) > TOLERANCE * abs(final):
            break
        settled = epoch
    return settled if last_epoch - settled >= LAST * last_epoch else None


def neighbour_confusion(codes: Tensor, labels: Tensor, classes: int) -> Counts:
    """Return the confusion matrix (true class, predicted class) of a leave-one-out 10-NN classifier on codes (N, K)."""
    predicted = leave_one_out_predictions(codes.numpy(), labels.numpy())
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (labels.numpy(), predicted), 1)
    return counts


def most_confused(counts: Counts, pairs: int, label: int | None = None) -> list[tuple[int, int]]:
    """Return the `pairs` most frequent errors (true class, predicted class) in a confusion matrix `counts`.

    The rows of the matrix are true classes. If `label` is given, only errors of this true class are considered.
    """
    errors = counts - np.diag(counts.diagonal())
    rows = range(len(errors)) if label is None else (label,)
    every = [(row, column) for row in rows for column in range(len(errors)) if row != column]
    return sorted(every, key=lambda pair: -errors[pair])[:pairs]


def interpolation_agreement(predictions: Tensor, end_labels: Tensor, same_class: bool) -> tuple[int, int]:
    """Count interpolated images that are classified as the class of either end image.

    Args:
        predictions: predicted classes (P, S) of S images interpolated between each of P pairs of end images.
        end_labels: classes (P, 2) of the end images.
        same_class: whether to select pairs of the same class (True) or pairs of different classes (False).

    Returns:
        The count, and the total number of images interpolated between the selected pairs.
    """
    chosen = (end_labels[:, 0] == end_labels[:, 1]) == same_class
    agrees = ~strays(predictions, end_labels[:, None])[chosen]
    return int(agrees.sum()), agrees.numel()


def strays(predictions: Tensor, classes: Tensor) -> Tensor:
    """Return a mask of predictions (...) that equal neither of two classes (..., 2). Leading dimensions broadcast."""
    return (predictions[..., None] != classes).all(dim=-1)


def stray_mixtures(predictions: Tensor) -> Tensor:
    """Return a mask (M, M) that is true where the midpoint of class means i and j is classified as neither i nor j.

    `predictions` (M, M) holds the predicted class of the image decoded from each midpoint.
    """
    labels = torch.arange(len(predictions))
    return strays(predictions, torch.stack(torch.meshgrid(labels, labels, indexing="ij"), dim=-1))
