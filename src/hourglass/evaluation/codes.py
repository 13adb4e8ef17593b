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
from hourglass.models import Model
from hourglass.models.base import ACTIVE_SD
from hourglass.models.inference import batches, device_of

NEIGHBOURS = 10

Codes = NDArray[np.float32]
Labels = NDArray[np.uint8]


def class_accuracy(
    train: Codes, train_labels: Labels, test: Codes, test_labels: Labels
) -> tuple[dict[str, float], NDArray[np.bool_]]:
    """How well the class of a test image can be told from its code, and of each whether `knn` tells it, (N,).

    knn: by the majority of the ten nearest training codes. leave_one_out_knn: of the ten nearest other test codes, as
    published figures are. linear_probe: by logistic regression on standardised training codes.
    """
    told = KNeighborsClassifier(NEIGHBOURS).fit(train, train_labels).predict(test) == test_labels
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(train, train_labels)
    accuracies = {
        "knn": float(told.mean()),
        "leave_one_out_knn": leave_one_out_accuracy(test, test_labels),
        "linear_probe": float(probe.score(test, test_labels)),
    }
    return accuracies, told


def participation_ratio(codes: Codes, threshold: float = ACTIVE_SD) -> float:
    """Effective dimension of codes: (Σλ)² / Σλ² over the eigenvalues λ of their correlation matrix.

    K where no number says anything of another, 1 where each follows from any other. The scales of the numbers, which a
    decoder can take up, count for nothing. threshold: standard deviation over images up to which a number counts as one
    that never changes; those are left out, and 0 is the answer where none changes.
    """
    numbers = codes.astype(np.float64)
    changing = numbers[:, numbers.std(axis=0, ddof=1) > threshold]
    if changing.shape[1] == 0:
        return 0.0
    correlation = np.atleast_2d(np.corrcoef(changing, rowvar=False))
    return float(np.trace(correlation) ** 2 / np.square(correlation).sum())


@torch.inference_mode()
def metrics_by_number(model: Model, images: Tensor) -> dict[str, dict[str, float]]:
    """What only the model's kind of code has, by name: of each code number the mean over uint8 images (N, 28, 28).

    {"kl": {"number_1": …, …, "number_K": …}} of a variational autoencoder; empty of a code that is plain numbers.
    """
    sums: dict[str, Tensor] = {}
    for batch in batches(images, device_of(model)):
        for name, found in model.dimension_metrics(batch).items():
            sums[name] = sums.get(name, 0) + found.double().sum(dim=0)
    return {
        name: {f"number_{number}": mean for number, mean in enumerate((total / len(images)).tolist(), 1)}
        for name, total in sums.items()
    }
