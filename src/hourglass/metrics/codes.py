"""Metrics of latent codes: class structure and effective dimension.

The encoded images are clean or, for metrics such as `in_domain_knn`, have the variant's training corruption.
scikit-learn is imported inside functions, because the import takes seconds and is rarely needed.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.metrics.registry import Family, Overview, in_domain

NEIGHBOURS = 10
ITERATIONS = 1000  # at most, of a linear probe
DISTANCES_MB = 128  # with scikit-learn's 1024 the peak memory of a stage is 0.4 GB higher, and it is no faster

Array = NDArray[np.float32]
Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class Codes:
    """Latent codes and class labels of the training and test images, float32 (N, K) and uint8 (N,).

    A latent dimension is active if its standard deviation over images exceeds `active_sd`.
    """

    active_sd: float
    train: Tensor
    train_labels: Tensor
    test: Tensor
    test_labels: Tensor


CODES = Family("codes")

_IN_DOMAIN = in_domain("codes of images")


@CODES.metric("active units", ".0f")
def active_units(codes: Codes) -> int:
    """Number of latent dimensions that change from image to image (Burda et al. 2016)."""
    return int((codes.test.double().std(dim=0) > codes.active_sd).sum())


@CODES.metric("effective dimension", ".1f")
def participation_ratio(codes: Codes) -> float:
    """Participation ratio of the active units: their number if uncorrelated, and 1 if all are perfectly correlated.

    It equals (Σλ)² / Σλ², where λ are the eigenvalues of the correlation matrix. Without active units, it is 0.
    """
    values = codes.test.numpy().astype(np.float64)
    active = values[:, values.std(axis=0, ddof=1) > codes.active_sd]
    if active.shape[1] == 0:
        return 0.0
    correlation = np.atleast_2d(np.corrcoef(active, rowvar=False))
    return float(np.trace(correlation) ** 2 / np.square(correlation).sum())


_KNN = Overview("10-NN accuracy", ".1%", "10-NN: by the class of the ten nearest codes of training images.")


@CODES.metric(
    "10-NN accuracy", ".3f", better="higher", headline=True, overview=_KNN, labels=True, variations=[_IN_DOMAIN]
)
def knn(codes: Codes) -> Tensor:
    """Share of test images whose class is the majority class of the ten training images with the nearest codes."""
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    classifier = KNeighborsClassifier(NEIGHBOURS).fit(codes.train.numpy(), codes.train_labels.numpy())
    return torch.from_numpy(classifier.predict(codes.test.numpy()) == codes.test_labels.numpy())


@CODES.metric("leave-one-out 10-NN accuracy", ".3f", better="higher", labels=True)
def leave_one_out_knn(codes: Codes) -> Tensor:
    """Share of test images whose class is the majority class of the ten other test images with the nearest codes."""
    labels = codes.test_labels.numpy()
    return torch.from_numpy(leave_one_out_predictions(codes.test.numpy(), labels) == labels)


@CODES.metric("linear probe", ".3f", better="higher", labels=True, variations=[_IN_DOMAIN])
def linear_probe(codes: Codes) -> Tensor:
    """Test accuracy of logistic regression on standardised codes, fitted to the codes of training images."""
    return probe(codes, ITERATIONS)


@CODES.metric("silhouette", "z.2f", better="higher", labels=True, variations=[_IN_DOMAIN])
def silhouette(codes: Codes) -> float:
    """Mean silhouette coefficient (Rousseeuw 1987) of test codes, with the classes as clusters.

    It is 1 for well-separated classes, 0 for mixed classes, and negative if codes lie, on average, closer to another
    class than to their own.
    """
    return silhouette_of(codes.test.numpy(), codes.test_labels.numpy())


@Family("codes").metric("10-NN accuracy in the embedding", ".3f", better="higher")
def embedding_knn(points: Array, labels: Labels) -> float:
    """Share of points of the t-SNE embedding whose class is the majority class of their ten nearest neighbours.

    The value is noisy because it is computed on few images.
    """
    return float((leave_one_out_predictions(points, labels) == labels).mean())


def probe(codes: Codes, iterations: int) -> Tensor:
    """Fit logistic regression for at most `iterations`, and return a mask (N,) of correctly classified test images.

    The classifier is fitted to the standardised codes of training images.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=iterations))
    probe.fit(codes.train.numpy(), codes.train_labels.numpy())
    return torch.from_numpy(probe.predict(codes.test.numpy()) == codes.test_labels.numpy())


def silhouette_of(points: Array, labels: Labels) -> float:
    """Return the mean silhouette coefficient of points (N, D), or 0 if labels (N,) are all equal or all distinct."""
    from sklearn import config_context  # noqa: PLC0415
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    if not 2 <= len(np.unique(labels)) < len(labels):
        return 0.0
    with config_context(working_memory=DISTANCES_MB):
        return float(silhouette_score(points, labels))


def leave_one_out_predictions(points: Array, labels: Labels) -> NDArray[np.intp]:
    """Return the leave-one-out predictions (N,) of a 10-NN classifier for points (N, D) with labels (N,)."""
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    classifier = KNeighborsClassifier(neighbours(points)).fit(points, labels)
    nearest = classifier.kneighbors(return_distance=False)  # without an argument a point is no neighbour of itself
    votes = np.apply_along_axis(np.bincount, 1, labels[nearest], minlength=int(labels.max()) + 1)
    return votes.argmax(axis=1)


def neighbours(points: Array) -> int:
    """Return the number of nearest neighbours to use for points (N, D): 10, or (N − 1) // 2 if N < 21."""
    return min(NEIGHBOURS, (len(points) - 1) // 2)
