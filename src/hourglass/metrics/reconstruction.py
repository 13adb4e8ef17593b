"""Metrics that compare reconstructions with the clean test images.

Each metric is computed for clean test images, for each tested corruption (such as `gaussian_ssim`) and for the
variant's training corruption (such as `in_domain_ssim`). The same functions score the baselines.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from hourglass.corruptions import TESTED
from hourglass.files import join
from hourglass.images import Images, to_float
from hourglass.metrics.registry import METRICS, Family, Overview, Variation, in_domain, variation
from hourglass.records import Baselines

BATCH = 1000
NOISE = "gaussian"  # the only tested corruption with an SSIM column, in the overview and in MLflow's run list
FIRST_COUNTED_EPOCH = 10  # of `wrong_class_during_training`


@dataclass(frozen=True)
class Reconstructions:
    """Reconstructions of all test images, in the order of the test set.

    Attributes:
        images: reconstructions, float32 or uint8 (N, C, H, W).
        originals: clean test images.
        predictions: class of each reconstruction according to the classifier, uint8 (N,).
        original_predictions: class of each original according to the classifier, uint8 (N,).
    """

    images: Tensor
    originals: Images
    predictions: Tensor
    original_predictions: Tensor

    @cached_property
    def errors(self) -> Tensor:
        """Mean squared error per pixel of each reconstruction, float64 (N,), with pixels in [0, 1]."""
        return image_errors(self.images, self.originals.images)


RECONSTRUCTION, IN_DOMAIN, DURING_TRAINING = Family("images"), Family("in_domain"), Family("in_domain")

_IN_DOMAIN = in_domain("reconstructions of test images")


def _corrupted(name: str, **changes: Any) -> Variation:
    words = TESTED[name].description
    return variation(f"{name}_", f"{{}}, {words}", f"{{}} of reconstructions of test images with {words}.", **changes)


@RECONSTRUCTION.metric(
    "test MSE", ".4f", better="lower", headline=True, overview=Overview("test MSE", ".4f"), variations=[_IN_DOMAIN]
)
def mse(batch: Reconstructions) -> Tensor:
    """Mean squared error per pixel of reconstructions of clean test images, pixels in [0, 1]."""
    return batch.errors


@Family("images").metric("MSE relative to PCA", ".2f", better="lower", headline=True)
def relative_to_pca(metrics: Mapping[str, float], baselines: Baselines) -> float:
    """Test MSE divided by that of PCA with as many free dimensions; below 1 beats the best linear code of that size.

    A softmax code has one free dimension fewer than its latent dimension. Without any, the mean image is the baseline.
    """
    dims = metrics["free_dims"]
    return metrics["mse"] / (baselines.pca[f"{dims:.0f}"].clean["mse"] if dims else baselines.mean_image["mse"])


def row(metrics: Mapping[str, float], baselines: Baselines) -> dict[str, Any]:
    """Return a model's row in the comparison table: all metrics, including the MSE relative to PCA, and `collapsed`."""
    values = {**metrics, "relative_to_pca": relative_to_pca(metrics, baselines)}
    return {key: values.get(key) for key in (*METRICS, "collapsed")}


def psnr_from_mse(mse: float) -> float:
    """Return the peak signal-to-noise ratio in dB for an MSE of pixels in [0, 1]. It is infinite for an MSE of 0."""
    return -10 * math.log10(mse) if mse > 0 else math.inf


_OVERVIEW = Overview("PSNR, noise (dB)", ".1f", f"Noise: test images with {TESTED[NOISE].description}.")
_SHOWN = {NOISE: {"headline": True, "overview": _OVERVIEW}}


@RECONSTRUCTION.metric(
    "PSNR",
    ".2f",
    unit="dB",
    better="higher",
    headline=True,
    link=lambda mean: psnr_from_mse(-mean),
    variations=[*(_corrupted(name, **_SHOWN.get(name, {})) for name in TESTED if name != "none"), _IN_DOMAIN],
)
def psnr(batch: Reconstructions) -> Tensor:
    """Peak signal-to-noise ratio of reconstructions of clean test images, −10 log₁₀ of the test MSE.

    The error is pooled over all images; per-image values are negative errors, which rank images alike.
    """
    return -batch.errors


@RECONSTRUCTION.metric("SSIM", ".3f", better="higher", variations=[_corrupted(NOISE), _IN_DOMAIN])
def ssim(batch: Reconstructions) -> float:
    """Structural similarity (Wang et al. 2004) of clean test images and their reconstructions; 1 if equal.

    The window is Gaussian, 11 pixels wide, σ 1.5.
    """
    # imported here because the import takes seconds and most stages do not need it
    from torchmetrics.functional.image import structural_similarity_index_measure  # noqa: PLC0415

    total = 0.0
    for images, targets in _pairs(batch.images, batch.originals.images):
        # all channels of all images become those of one image: the result is the same, and several times as fast
        first, second = (part.flatten(0, 1)[None] for part in (images, targets))
        similarity = structural_similarity_index_measure(first, second, data_range=1.0)
        assert isinstance(similarity, Tensor)
        total += similarity.item() * len(images)
    return total / len(batch.images)


@RECONSTRUCTION.metric("label accuracy", ".1%", better="higher", headline=True, labels=True)
def label_accuracy(batch: Reconstructions) -> Tensor:
    """Share of reconstructions of clean test images that the classifier assigns to the label of the original."""
    return batch.predictions == batch.originals.labels


@RECONSTRUCTION.metric("prediction agreement", ".1%", better="higher", labels=True)
def prediction_agreement(batch: Reconstructions) -> Tensor:
    """Share of reconstructions of clean test images that the classifier assigns to the same class as the original.

    Errors of the classifier itself do not affect this metric.
    """
    return batch.predictions == batch.original_predictions


@IN_DOMAIN.metric("wrong class", ".1%", labels=True)
def wrong_class(batch: Reconstructions) -> Tensor:
    """Share of in-domain reconstructions that the classifier assigns to another class than the original's label."""
    return batch.predictions != batch.originals.labels


@DURING_TRAINING.metric("wrong class during training", ".1%", labels=True)
def wrong_class_during_training(predictions: Tensor, labels: Tensor) -> float:
    """Share of wrong classes among in-domain reconstructions of the first test images, mean over epochs from 10 on.

    Computed from the predicted classes, uint8 (E, K), and the labels, uint8 (K,). A shorter run counts its last epoch.
    """
    return (predictions[min(FIRST_COUNTED_EPOCH, len(predictions)) - 1 :] != labels).double().mean().item()


def image_errors(images: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error per pixel of each image, float64 (N,), for pixels scaled to [0, 1].

    Args:
        images: float32 or uint8 (N, C, H, W).
        targets: uint8 (N, C, H, W).
    """
    parts = ((a - b).double().square().flatten(1).mean(dim=1) for a, b in _pairs(images, targets))
    return join(parts, len(images))


def _pairs(images: Tensor, targets: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield matching batches of images and targets, both float32 (B, C, H, W) on the scale [0, 1]."""
    for part, target in zip(images.split(BATCH), targets.split(BATCH), strict=True):
        yield part if part.is_floating_point() else to_float(part), to_float(target)
