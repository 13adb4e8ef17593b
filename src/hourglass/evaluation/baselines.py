"""Baselines without an autoencoder: mean image, linear filters, reduced-rank regression, PCA and raw pixels."""

from collections.abc import Collection
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.evaluation.anomalies import nearest_distances
from hourglass.evaluation.data import EvaluationData
from hourglass.files import join
from hourglass.images import Images, mean_image_mse, to_float
from hourglass.metrics import detection, psnr_from_mse
from hourglass.metrics.codes import Codes, knn, probe
from hourglass.models import Pca, reconstruct
from hourglass.models.spec import PcaSpec
from hourglass.randomness import generator
from hourglass.records import Baselines, CorruptedBaselines, PcaBaseline

PART = 10_000  # images
PIXEL_ITERATIONS = 100  # of logistic regression, whose accuracy changes little afterwards
LARGEST_FILTER = 4096  # values of an image, above which a linear filter needs gigabytes and hours


def baselines(data: EvaluationData, latent_dims: Collection[int], seed: int) -> Baselines:
    """Evaluate baselines without an autoencoder, such as PCA and linear filters, on the test set.

    Args:
        data: clean and corrupted images, and the classifier.
        latent_dims: numbers of PCA components, which are also the ranks of reduced-rank regression.
        seed: random seed for corrupting the training images to which the linear maps are fitted.
    """
    train, test = data.train, data.test
    mean_image = mean_image_mse(train.images, test.images)
    return Baselines(
        mean_image={"mse": mean_image, "psnr": psnr_from_mse(mean_image)},
        originals={"label_accuracy": (data.predictions == test.labels).double().mean().item()} if test.labelled else {},
        corrupted={
            name: _corrupted(inputs, data, latent_dims, generator(seed, "linear filter", name))
            for name, inputs in data.corrupted.items()
        },
        pca={str(dim): _pca_baseline(pca, data) for dim, pca in fit_pcas(train, latent_dims).items()},
        values=prod(train.shape),
        pixels=_pixels(data) if test.labelled and prod(train.shape) <= LARGEST_FILTER else {},
    )


def _pixels(data: EvaluationData) -> dict[str, float]:
    """Evaluate raw pixels as if they were latent codes, and return the metrics keyed by name."""
    codes = Codes(0.0, _flat(data.train.images), data.train.labels, _flat(data.test.images), data.test.labels)
    correct = {"knn": knn(codes), "linear_probe": probe(codes, PIXEL_ITERATIONS)}
    metrics = {key: values.double().mean().item() for key, values in correct.items()}
    normal = nearest_distances(codes.test, codes.train)
    for kind, images in data.outliers.items():
        metrics[f"{kind}_distance_auroc"] = detection(normal, nearest_distances(_flat(images), codes.train))["auroc"]
    return metrics


def _flat(images: Tensor) -> Tensor:
    return to_float(images).flatten(1)


def _corrupted(
    inputs: CorruptedImages, data: EvaluationData, latent_dims: Collection[int], noise: torch.Generator
) -> CorruptedBaselines:
    if prod(data.train.shape) > LARGEST_FILTER:
        return CorruptedBaselines(input=data.scores(inputs.images))
    sums = linear_sums(data.train.images, inputs.corruption, noise)
    weights = linear_filter(sums)
    filtered = apply_linear(weights, inputs.images)
    maps = reduced_rank(sums, weights, latent_dims)
    return CorruptedBaselines(
        input=data.scores(inputs.images),
        linear_filter=data.scores(filtered),
        linear_filter_clipped=data.scores(filtered.clamp_(0, 1)),
        reduced_rank={str(dim): data.scores(apply_linear(narrow, inputs.images)) for dim, narrow in maps.items()},
    )


@torch.inference_mode()
def _pca_baseline(pca: Pca, data: EvaluationData) -> PcaBaseline:
    clean = reconstruct(pca, data.test.images)
    return PcaBaseline(
        clean=data.scores(clean),
        clipped=data.scores(clean.clamp_(0, 1)),
        corrupted={name: data.scores(reconstruct(pca, inputs.images)) for name, inputs in data.corrupted.items()},
    )


def fit_pcas(train: Images, latent_dims: Collection[int]) -> dict[int, Pca]:
    """Return PCA models fitted to training images, keyed by latent dimension, with at most C·H·W components each."""
    values = prod(train.shape)
    pcas = {dim: Pca(PcaSpec(kind="pca", latent=min(dim, values)), train.shape) for dim in sorted(latent_dims)}
    largest = pcas[max(latent_dims)]
    largest.fit(train.images)  # one fit is enough: a smaller PCA has the first components of a larger one
    for pca in pcas.values():
        pca.load_state_dict({"mean": largest.mean, "components": largest.components[: len(pca.components)]})
    return pcas


class LinearSums(NamedTuple):
    """Sums over images for least-squares regression from corrupted to clean pixels.

    Attributes:
        gram: sum of outer products x xᵀ, float64 (P + 1, P + 1). Each vector x holds the P = C·H·W values of a
            corrupted image, followed by a constant 1.
        cross: sum of outer products x yᵀ, float64 (P + 1, P). Each vector y holds the values of the clean image.
    """

    gram: Tensor
    cross: Tensor


def linear_sums(images: Tensor, corruption: Corruption, generator: torch.Generator) -> LinearSums:
    """Corrupt uint8 images (N, C, H, W) and compute the sums for least-squares regression to the clean images."""
    size = images[0].numel() + 1
    gram = torch.zeros(size, size, dtype=torch.float64)
    cross = torch.zeros(size, size - 1, dtype=torch.float64)
    for part in images.split(PART):
        clean = to_float(part)
        noisy = _with_constant(corruption.apply(clean, generator))
        gram += noisy.T @ noisy
        cross += noisy.T @ clean.flatten(1).double()
    return LinearSums(gram, cross)


def linear_filter(sums: LinearSums) -> Tensor:
    """Return the least-squares affine map (P + 1, P) from corrupted to clean images. The last row is the intercept."""
    # pixels that are black in every image make the equations singular: pinv returns the minimum-norm solution
    return torch.linalg.pinv(sums.gram, rtol=1e-10, hermitian=True) @ sums.cross


def reduced_rank(sums: LinearSums, weights: Tensor, latent_dims: Collection[int]) -> dict[int, Tensor]:
    """Return least-squares affine maps (P + 1, P) of limited rank, keyed by rank in ascending order.

    This is reduced-rank regression (Izenman 1975), with the latent dimensions as ranks. The fitted values of the
    unrestricted map `weights` (see `linear_filter`) are projected onto the leading eigenvectors of their covariance.
    """
    means = sums.gram[-1] / sums.gram[-1, -1]  # of the corrupted pixels and the constant
    mean = means @ weights  # of the fitted values, which is also the mean of the clean pixels
    scatter = sums.gram - sums.gram[-1, -1] * means.outer(means)
    _, vectors = torch.linalg.eigh(weights.T @ scatter @ weights)
    maps = {}
    for dim in sorted(latent_dims):
        leading = vectors[:, -dim:]
        maps[dim] = weights @ leading @ leading.T
        maps[dim][-1] += mean - mean @ leading @ leading.T
    return maps


def apply_linear(weights: Tensor, inputs: Tensor) -> Tensor:
    """Apply an affine map (P + 1, P) to uint8 images (N, C, H, W) and return float32 images of the same shape."""
    parts = ((_with_constant(to_float(part)) @ weights).float() for part in inputs.split(PART))
    return join(parts, len(inputs)).unflatten(1, inputs.shape[1:])


def _with_constant(images: Tensor) -> Tensor:
    pixels = images.flatten(1).double()
    return torch.cat([pixels, torch.ones(len(pixels), 1, dtype=torch.float64)], dim=1)
