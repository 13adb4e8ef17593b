"""What a code keeps: how well it tells the classes, and how many of its dimensions it uses. All codes are (N, K)."""

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from hourglass.latent import leave_one_out_accuracy
from hourglass.models import VariationalAutoencoder
from hourglass.models.inference import batches, device_of
from hourglass.models.variational import kl_divergence

NEIGHBOURS = 10

Codes = NDArray[np.float32]
Labels = NDArray[np.uint8]


def class_accuracy(train: Codes, train_labels: Labels, test: Codes, test_labels: Labels) -> dict[str, float]:
    """How well the class of a test image can be told from its code.

    knn: by the majority of the ten nearest training codes. leave_one_out_knn: of the ten nearest other test codes, as
    published figures are. linear_probe: by logistic regression on standardised training codes.
    """
    neighbours = KNeighborsClassifier(NEIGHBOURS).fit(train, train_labels)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(train, train_labels)
    return {
        "knn": float(neighbours.score(test, test_labels)),
        "leave_one_out_knn": leave_one_out_accuracy(test, test_labels),
        "linear_probe": float(probe.score(test, test_labels)),
    }


def participation_ratio(codes: Codes) -> float:
    """Effective dimension of codes: (Σλ)² / Σλ² over the eigenvalues λ of their covariance.

    K where the codes vary equally in all directions, 1 where in one only, 0 where they do not vary at all.
    """
    covariance = np.atleast_2d(np.cov(codes.astype(np.float64), rowvar=False))
    total = np.trace(covariance)
    return float(total**2 / np.square(covariance).sum()) if total > 0 else 0.0


@torch.inference_mode()
def kl_per_number(model: VariationalAutoencoder, images: Tensor) -> list[float]:
    """KL divergence from the prior, nats per image, of each of the K code numbers, over uint8 images (N, 28, 28)."""
    sums = sum(
        kl_divergence(*model.distribution(batch)).double().sum(dim=0) for batch in batches(images, device_of(model))
    )
    assert isinstance(sums, Tensor)
    return (sums / len(images)).tolist()
