"""Anomaly scores, and metrics of how well they find outliers."""

import pytest
import torch
from torch.nn import functional as F

from hourglass import models
from hourglass.evaluation import EvaluationData
from hourglass.evaluation.anomalies import anomaly_scores, nearest_distances
from hourglass.images import to_float
from hourglass.metrics import detection
from hourglass.models import Model
from hourglass.models.spec import Encoder, NetworkSpec


def network(code: str = "none") -> Model:
    return models.build(NetworkSpec(latent=3, code=code, encoder=Encoder(dense=(16,))), (1, 28, 28), seed=0).eval()


@pytest.mark.parametrize(
    ("normal", "outliers", "expected"),
    [
        ([0.0, 1, 2, 3], [4.0, 5, 6, 7], (1, 1, 0)),  # perfect
        ([4.0, 5, 6, 7], [0.0, 1, 2, 3], (0, None, 1)),  # all the wrong way round
        ([0.0, 1, 2, 3], [1.5, 3.5], (0.75, None, 0.5)),  # the lower outlier is above two of four
        ([1.0, 1], [1.0, 1], (0.5, 0.5, 1)),  # equal scores
    ],
)
def test_detection_of_known_scores(
    normal: list[float], outliers: list[float], expected: tuple[float, float | None, float]
) -> None:
    found = detection(torch.tensor(normal), torch.tensor(outliers))
    auroc, aupr, fpr95 = expected
    assert (found["auroc"], found["fpr95"]) == (auroc, fpr95)
    assert aupr is None or found["aupr"] == aupr


def test_auroc_is_the_probability_that_an_outlier_scores_higher() -> None:
    torch.manual_seed(0)
    normal, outliers = torch.randn(200), torch.randn(300) + 0.5
    higher = (outliers[:, None] > normal[None]).double().mean().item()
    assert detection(normal, outliers)["auroc"] == pytest.approx(higher)


def test_scores_of_an_autoencoder(data: EvaluationData) -> None:
    model, images = network(), data.test.images
    codes, train_codes = models.encode(model, images), models.encode(model, data.train.images)
    scores = anomaly_scores(model, images, codes, train_codes)
    error = (models.reconstruct(model, images) - to_float(images)).square().mean(dim=(1, 2, 3))
    torch.testing.assert_close(scores["error"], error.double())
    expected = (codes[:, None] - train_codes[None]).norm(dim=2).amin(dim=1)
    torch.testing.assert_close(scores["distance"], expected, rtol=1e-4, atol=1e-4, check_dtype=False)
    assert "elbo" not in scores
    assert nearest_distances(train_codes[:5], train_codes).max() < 1e-2


def test_the_lower_bound_of_a_vae(data: EvaluationData) -> None:
    model, images = network("gaussian"), data.test.images
    codes = models.encode(model, images)
    scores = anomaly_scores(model, images, codes, codes)
    pixels = to_float(images)
    with torch.no_grad():
        kl = model.dimension_metrics(pixels)["kl"].sum(dim=1)
        loss = F.binary_cross_entropy(model.decode(codes), pixels, reduction="none").sum(dim=(1, 2, 3))
    torch.testing.assert_close(scores["elbo"], kl + loss, rtol=1e-4, atol=1e-3)
