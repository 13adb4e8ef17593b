"""Computation of all metrics of a trained model, its reconstructions and its codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from hourglass import models
from hourglass.corruptions import TrainingInputs
from hourglass.evaluation.anomalies import anomaly_metrics
from hourglass.evaluation.data import EvaluationData
from hourglass.images import collapsed, mean_image_mse
from hourglass.metrics import CODES, IN_DOMAIN, METRICS, MODEL, RECONSTRUCTION, Codes, Reconstructions, Score
from hourglass.models import Model


@dataclass(frozen=True)
class Measurements:
    """Metrics of a model, and its reconstructions of the test images.

    Attributes:
        metrics: values of all metrics, including unreported ones, keyed by metric.
        per_image: per-image values, float32 (N,), of each reported metric that has them, keyed by metric.
        clean: reconstructions of the clean test images.
        in_domain: reconstructions of the test images under the training corruption.
        outlier_errors: mean squared errors (L,) of the reconstructions of outliers, keyed by kind of outlier.
        collapsed: whether the test MSE exceeds 90 % of the MSE of predicting the mean image.
    """

    metrics: Mapping[str, int | float]
    per_image: Mapping[str, Tensor]
    clean: Reconstructions
    in_domain: Reconstructions
    outlier_errors: Mapping[str, Tensor]
    collapsed: bool


def measure(model: Model, data: EvaluationData, inputs: TrainingInputs) -> Measurements:
    """Compute all metrics of a trained model, including in-domain metrics on images under its training corruption."""
    codes = models.encode(model, data.inputs["none"].images)
    clean = in_domain = data.reconstructions(models.decode(model, codes))
    labelled = data.test.labelled
    scores = RECONSTRUCTION.scores(clean, labelled=labelled)
    train_codes = models.encode(model, data.train.images)
    scores |= CODES.scores(_codes(model, data, train_codes, codes), labelled=labelled)
    in_domain_scores = scores
    if not inputs.clean:
        test_codes = models.encode(model, inputs.test)
        in_domain = data.reconstructions(models.decode(model, test_codes))
        in_domain_scores = RECONSTRUCTION.scores(in_domain, labelled=labelled)
        codes_of_training = models.encode(model, inputs.train)
        in_domain_scores |= CODES.scores(_codes(model, data, codes_of_training, test_codes), labelled=labelled)
    scores = MODEL.scores(model) | scores
    for name, corrupted in data.corrupted.items():
        view = data.reconstructions(models.decode(model, models.encode(model, corrupted.images)))
        scores |= _prefixed(f"{name}_", RECONSTRUCTION.scores(view, labelled=labelled))
    scores |= _prefixed("in_domain_", in_domain_scores) | IN_DOMAIN.scores(in_domain, labelled=labelled)
    per_image = {key: score.per_image for key, score in scores.items() if key in METRICS}
    detected, outlier_errors = anomaly_metrics(model, data.test.images, codes, train_codes, data.outliers)
    return Measurements(
        metrics={key: score.value for key, score in scores.items()} | detected,
        per_image={key: values.float() for key, values in per_image.items() if values is not None},
        clean=clean,
        in_domain=in_domain,
        outlier_errors=outlier_errors,
        collapsed=collapsed(scores["mse"].value, mean_image_mse(data.train.images, data.test.images)),
    )


def _prefixed(prefix: str, scores: Mapping[str, Score]) -> dict[str, Score]:
    return {prefix + key: score for key, score in scores.items()}


def _codes(model: Model, data: EvaluationData, train_codes: Tensor, test_codes: Tensor) -> Codes:
    return Codes(model.active_sd, train_codes, data.train.labels, test_codes, data.test.labels)
