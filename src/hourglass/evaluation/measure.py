"""All metrics that depend on a trained model alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass import models
from hourglass.corruptions import TrainingInputs
from hourglass.evaluation.data import EvaluationData
from hourglass.images import collapsed, mean_image_mse
from hourglass.metrics import CODES, IN_DOMAIN, METRICS, MODEL, RECONSTRUCTION, Codes, Reconstructions
from hourglass.models import Model
from hourglass.models.inference import batches, device_of


@dataclass(frozen=True)
class Measurements:
    """Metrics of a model and its reconstructions of the test images.

    Attributes:
        metrics: by key, reported and unreported ones.
        per_image: per-image values, float32 (N,), of reported metrics that are means over test images.
        class_mse: test MSE by class name.
        dimension_metrics: metrics of every latent dimension by name, see `dimension_means`.
        clean: reconstructions of the clean test images.
        in_domain: reconstructions of the test images under the training corruption.
        collapsed: whether the model is hardly better than the mean image.
    """

    metrics: Mapping[str, int | float]
    per_image: Mapping[str, Tensor]
    class_mse: dict[str, float]
    dimension_metrics: dict[str, tuple[float, ...]]
    clean: Reconstructions
    in_domain: Reconstructions
    collapsed: bool


def measure(model: Model, data: EvaluationData, inputs: TrainingInputs) -> Measurements:
    """Compute all metrics of a model.

    Args:
        model: trained model.
        data: images and classifier.
        inputs: images under the training corruption, for in-domain metrics.
    """
    codes = {name: models.encode(model, corrupted.images) for name, corrupted in data.inputs.items()}
    views = {name: data.reconstructions(models.decode(model, code)) for name, code in codes.items()}
    clean, clean_codes = views["none"], _codes(model, data, data.train.images, codes["none"])
    scores = MODEL.scores(model)
    clean_scores = RECONSTRUCTION.scores(clean) | CODES.scores(clean_codes)
    scores |= clean_scores
    for name in data.corrupted:
        scores |= RECONSTRUCTION.scores(views[name]).prefixed(f"{name}_")
    in_domain, in_domain_scores = clean, clean_scores
    if not inputs.clean:
        test_codes = models.encode(model, inputs.test)
        in_domain = data.reconstructions(models.decode(model, test_codes))
        in_domain_scores = RECONSTRUCTION.scores(in_domain)
        in_domain_scores |= CODES.scores(_codes(model, data, inputs.train, test_codes))
    scores |= in_domain_scores.prefixed("in_domain_") | IN_DOMAIN.scores(in_domain)
    mean_image = mean_image_mse(data.train.images, data.test.images)
    return Measurements(
        metrics=scores.values,
        per_image={key: values.float() for key, values in scores.per_image.items() if key in METRICS},
        class_mse=class_mse(clean),
        dimension_metrics=dimension_means(model, data.test.images),
        clean=clean,
        in_domain=in_domain,
        collapsed=collapsed(scores.values["mse"], mean_image),
    )


def class_mse(reconstructions: Reconstructions) -> dict[str, float]:
    """Return the mean squared error of the images of each class, by class name."""
    errors, test = reconstructions.errors, reconstructions.originals
    return {name: errors[test.labels == label].mean().item() for label, name in enumerate(test.classes)}


@torch.inference_mode()
def dimension_means(model: Model, images: Tensor) -> dict[str, tuple[float, ...]]:
    """Return the model's own metrics of every latent dimension, means over uint8 images (N, 28, 28).

    A variational autoencoder has `kl`, the KL divergence from the prior in nats; other models have none.
    """
    sums: dict[str, Tensor] = {}
    for batch in batches(images, device_of(model)):
        for name, values in model.dimension_metrics(batch).items():
            sums[name] = sums.get(name, 0) + values.double().sum(dim=0)
    return {name: tuple((total / len(images)).tolist()) for name, total in sums.items()}


def _codes(model: Model, data: EvaluationData, train: Tensor, test_codes: Tensor) -> Codes:
    return Codes(model, models.encode(model, train), data.train.labels, test_codes, data.test.labels)
