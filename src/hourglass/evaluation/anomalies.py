"""Anomaly scores of images: reconstruction error, distance from training codes, and negative evidence lower bound."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass import models
from hourglass.files import join
from hourglass.images import Images
from hourglass.metrics import detection, image_errors
from hourglass.models import Model, VariationalAutoencoder
from hourglass.models.inference import batches, device_of
from hourglass.models.vae import kl_divergence


def anomaly_metrics(
    model: Model, test: Tensor, test_codes: Tensor, train_codes: Tensor, outliers: Mapping[str, Tensor]
) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Measure how well each anomaly score distinguishes outliers from clean test images.

    Args:
        model: trained model.
        test: clean test images, uint8 (N, C, H, W).
        test_codes: codes (N, K) of the clean test images.
        train_codes: codes (M, K) of clean training images.
        outliers: uint8 images (L, C, H, W), keyed by kind of outlier, such as `noise`.

    Returns:
        Metrics keyed by name, such as `noise_error_auroc`, and reconstruction errors (L,) keyed by kind of outlier.
    """
    normal = anomaly_scores(model, test, test_codes, train_codes)
    metrics, errors = dict[str, float](), dict[str, Tensor]()
    for kind, images in outliers.items():
        scores = anomaly_scores(model, images, models.encode(model, images), train_codes)
        errors[kind] = scores["error"]
        for name, values in scores.items():
            found = detection(normal[name], values)
            keys = list(found) if (kind, name) == ("other", "error") else ["auroc"]
            metrics |= {f"{kind}_{name}_{key}": found[key] for key in keys}
    return metrics, errors


@torch.inference_mode()
def anomaly_scores(model: Model, images: Tensor, codes: Tensor, train_codes: Tensor) -> dict[str, Tensor]:
    """Compute anomaly scores (N,) of uint8 images (N, C, H, W) with codes (N, K), keyed by score name.

    The scores are the reconstruction `error`, the `distance` from the nearest of the training codes (M, K) and, for
    VAEs only, the negative `elbo`. Outliers should have larger scores.
    """
    reconstructions = models.decode(model, codes)
    scores = {"error": image_errors(reconstructions, images), "distance": nearest_distances(codes, train_codes)}
    if isinstance(model, VariationalAutoencoder):
        scores["elbo"] = join((negative_elbo(model, batch) for batch in batches(images, device_of(model))), len(images))
    return scores


def negative_elbo(model: VariationalAutoencoder, images: Tensor) -> Tensor:
    """Return the negative ELBO (B,), in nats, of images (B, C, H, W) in [0, 1].

    The expected Bernoulli log-likelihood is approximated by its value at the mean code.
    """
    mean, log_variance = model.distribution(images)
    terms = F.binary_cross_entropy_with_logits(model.logits(mean), images, reduction="none")
    return terms.sum(dim=(1, 2, 3)) + kl_divergence(mean, log_variance).sum(dim=1)


def nearest_distances(codes: Tensor, train_codes: Tensor) -> Tensor:
    """Return the Euclidean distances (N,) from codes (N, K) to their nearest training codes (M, K)."""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415  takes seconds

    nearest = NearestNeighbors(n_neighbors=1).fit(train_codes.numpy())
    return torch.from_numpy(nearest.kneighbors(codes.numpy())[0][:, 0])


def one_class_metrics(model: Model, train: Images, test: Images, label: int) -> dict[str, float]:
    """Measure how well a model trained on one class distinguishes test images of that class from all others.

    Args:
        model: model trained on the training images of the class.
        train: training images of the class.
        test: test images of all classes.
        label: label of the class.

    Returns:
        Reconstruction error `mse` on the test images of the class, and AUROCs such as `classes_error_auroc`.
    """
    own = test.images[test.labels == label]
    codes, train_codes = models.encode(model, own), models.encode(model, train.images)
    found, _ = anomaly_metrics(model, own, codes, train_codes, {"classes": test.images[test.labels != label]})
    return {"mse": models.mean_squared_error(model, own, own), **found}
