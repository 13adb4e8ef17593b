"""Metrics that compare reconstructions with the clean test images.

The inputs are clean or have one of the tested corruptions (for metrics such as `gaussian_ssim`) or the variant's
training corruption (for metrics such as `in_domain_ssim`). The same functions evaluate the baselines.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
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
        predictions: predicted class of each reconstruction, uint8 (N,).
        original_predictions: predicted class of each original, uint8 (N,).
    """

    images: Tensor
    originals: Images
    predictions: Tensor
    original_predictions: Tensor

    @cached_property
    def errors(self) -> Tensor:
        """Mean squared error of each reconstruction, float64 (N,), for pixels in [0, 1]."""
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
    """Mean squared error per pixel of reconstructions of clean test images, with pixels in [0, 1]."""
    return batch.errors


@Family("images").metric("MSE relative to PCA", ".2f", better="lower", headline=True)
def relative_to_pca(metrics: Mapping[str, float], baselines: Baselines) -> float:
    """Test MSE divided by the test MSE of PCA with the same number of free dimensions; below 1 is better than PCA.

    PCA is the best linear code of a given size. A softmax code has one free dimension fewer than its latent dimension.
    If a model has no free dimensions, the baseline is the mean image.
    """
    dims = metrics["free_dims"]
    return metrics["mse"] / (baselines.pca[f"{dims:.0f}"].clean["mse"] if dims else baselines.mean_image["mse"])


def row(metrics: Mapping[str, float], baselines: Baselines) -> dict[str, Any]:
    """Return a table row with a model's reported metrics, including MSE relative to PCA, and the flag `collapsed`.

    Missing values are None. `metrics` must contain at least `mse` and `free_dims`.
    """
    values = {**metrics, "relative_to_pca": relative_to_pca(metrics, baselines)}
    return {key: values.get(key) for key in (*METRICS, "collapsed")}


def psnr_from_mse(mse: float) -> float:
    """Return the peak signal-to-noise ratio in dB for the MSE of pixels in [0, 1], or infinity if the MSE is 0."""
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

    The MSE is averaged over all images before the logarithm is taken. The per-image values are negative MSEs, which
    rank images in the same order as PSNR.
    """
    return -batch.errors


@RECONSTRUCTION.metric("SSIM", ".3f", better="higher", variations=[_corrupted(NOISE), _IN_DOMAIN])
def ssim(batch: Reconstructions) -> float:
    """Structural similarity (Wang et al. 2004) between clean test images and their reconstructions, at most 1.

    It is computed in Gaussian windows that are 11 pixels wide, with σ = 1.5. Identical images have the value 1.
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


@RECONSTRUCTION.metric("relative total variation", ".2f", variations=[_corrupted(NOISE), _IN_DOMAIN])
def total_variation(batch: Reconstructions) -> float:
    """Sum of differences between neighbouring pixels (total variation) over that of the images; below 1 if blurred.

    Total variation is the sum of absolute differences between horizontally and vertically adjacent pixels. The metric
    is the total variation of reconstructions of clean test images divided by the total variation of the clean images.
    """
    totals = torch.zeros(2, dtype=torch.float64)
    for pair in _pairs(batch.images, batch.originals.images):
        totals += torch.stack([sum_of_differences(part) for part in pair])
    return (totals[0] / totals[1].clamp(min=1e-6)).item()  # images without any edge


@RECONSTRUCTION.metric("label accuracy", ".1%", better="higher", headline=True, labels=True)
def label_accuracy(batch: Reconstructions) -> Tensor:
    """Share of reconstructions of clean test images for which the classifier predicts the label of the original."""
    return batch.predictions == batch.originals.labels


@RECONSTRUCTION.metric("prediction agreement", ".1%", better="higher", labels=True, variations=[_IN_DOMAIN])
def prediction_agreement(batch: Reconstructions) -> Tensor:
    """Share of reconstructions of clean test images that the classifier assigns to the same class as their originals.

    Unlike label accuracy, this metric does not require the predicted classes to be correct.
    """
    return batch.predictions == batch.original_predictions


@IN_DOMAIN.metric("wrong class", ".1%", labels=True)
def wrong_class(batch: Reconstructions) -> Tensor:
    """Share of in-domain reconstructions for which the classifier does not predict the label of the original."""
    return batch.predictions != batch.originals.labels


@DURING_TRAINING.metric("wrong class during training", ".1%", labels=True)
def wrong_class_during_training(predictions: Tensor, labels: Tensor) -> float:
    """Share of misclassified in-domain reconstructions of the first test images, averaged over epochs from 10 on.

    The metric is computed from the predicted classes of K images after each of E epochs, uint8 (E, K), and their
    labels, uint8 (K,). If there are fewer than 10 epochs, only the last epoch counts.
    """
    return (predictions[min(FIRST_COUNTED_EPOCH, len(predictions)) - 1 :] != labels).double().mean().item()


def image_errors(images: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error between each image and its target, float64 (N,), for pixels scaled to [0, 1].

    Args:
        images: float32 or uint8 (N, C, H, W).
        targets: uint8 (N, C, H, W).
    """
    parts = ((a - b).double().square().flatten(1).mean(dim=1) for a, b in _pairs(images, targets))
    return join(parts, len(images))


def sum_of_differences(images: Tensor) -> Tensor:
    """Sum absolute differences between horizontally and vertically adjacent pixels over all images (N, C, H, W)."""
    across, down = images.diff(dim=-1).abs(), images.diff(dim=-2).abs()
    return across.sum(dtype=torch.float64) + down.sum(dtype=torch.float64)


def _pairs(images: Tensor, targets: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield matching batches of images and targets, both float32 (B, C, H, W) with pixels in [0, 1]."""
    for part, target in zip(images.split(BATCH), targets.split(BATCH), strict=True):
        yield part if part.is_floating_point() else to_float(part), to_float(target)
