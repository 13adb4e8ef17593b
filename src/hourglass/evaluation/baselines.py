"""What needs no autoencoder: the yardsticks beside every variant."""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.corruptions import Corruption, Inputs
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.scores import psnr
from hourglass.images import to_float
from hourglass.models import Pca, build, reconstruct
from hourglass.models.sizes import SIDE
from hourglass.models.spec import PcaSpec
from hourglass.randomness import generator
from hourglass.records import Baselines, Corrupted, PcaScores
from hourglass.training import mean_image_mse


def baselines(data: EvaluationData, latent_dims: Collection[int], seed: int) -> Baselines:
    """What the yardsticks come to on the test set, measured as `evaluate` measures a variant.

    latent_dims: of the PCAs, and of the best linear maps from corrupted to clean images.
    """
    train, test = data.train, data.test
    mean_image = mean_image_mse(train.images, test.images)
    return Baselines(
        mean_image={"mse": mean_image, "psnr": psnr(mean_image)},
        originals={"label_accuracy": data.classifier.kept(test.images, test.labels)},
        corrupted={
            name: _corrupted(inputs, data, latent_dims, generator(seed, "linear filter", name))
            for name, inputs in data.corrupted.items()
        },
        pca={str(size): _pca_scores(pca, data) for size, pca in fitted_pcas(train.images, latent_dims).items()},
    )


def _corrupted(inputs: Inputs, data: EvaluationData, latent_dims: Collection[int], draw: torch.Generator) -> Corrupted:
    """draw: for the noise on the training images to which the linear maps are fitted."""
    sums = linear_sums(data.train.images, inputs.corruption, draw)
    weights = linear_filter(sums)
    restored = filtered(weights, inputs.images)
    narrowed = reduced_rank(sums, weights, latent_dims)
    return Corrupted(
        input=data.scores(inputs.images),
        linear_filter=data.scores(restored),
        linear_filter_clipped=data.scores(restored.clamp(0, 1)),
        reduced_rank={str(size): data.scores(filtered(narrow, inputs.images)) for size, narrow in narrowed.items()},
    )


def _pca_scores(pca: Pca, data: EvaluationData) -> PcaScores:
    clean = reconstruct(pca, data.test.images)
    return PcaScores(clean=data.scores(clean), clipped=data.scores(clean.clamp(0, 1)), restored=data.restored(pca))


def fitted_pcas(images: Tensor, sizes: Collection[int]) -> dict[int, Pca]:
    """PCA by code size, fitted to uint8 images (N, 28, 28); of no more components than an image has pixels."""
    largest = _pca(max(sizes))
    largest.fit(images)  # once for all: the components of a smaller code are the first of a larger one's
    fitted = {}
    for size in sorted(sizes):
        fitted[size] = _pca(size)
        components = largest.components[: len(fitted[size].components)]
        fitted[size].load_state_dict({"mean": largest.mean, "components": components})
    return fitted


def _pca(size: int) -> Pca:
    model = build(PcaSpec(kind="pca", latent=min(size, SIDE * SIDE)))
    assert isinstance(model, Pca)
    return model


@dataclass(frozen=True)
class LinearSums:
    """What the least squares from corrupted to clean pixels need, summed over images, in float64.

    gram: (785, 785), of each two corrupted pixels, the last of which is the constant 1. cross: (785, 784), of each
    corrupted pixel and each clean one.
    """

    gram: Tensor
    cross: Tensor


def linear_sums(images: Tensor, corruption: Corruption, generator: torch.Generator) -> LinearSums:
    """Over uint8 images (N, 28, 28), with one draw of the corruption for every image."""
    size = SIDE * SIDE + 1
    gram = torch.zeros(size, size, dtype=torch.float64)
    cross = torch.zeros(size, size - 1, dtype=torch.float64)
    for part in images.split(10_000):
        clean = to_float(part)
        noisy = _with_constant(corruption.apply(clean, generator))
        gram += noisy.T @ noisy
        cross += noisy.T @ clean.flatten(1).double()
    return LinearSums(gram, cross)


def linear_filter(sums: LinearSums) -> Tensor:
    """The affine map from corrupted to clean pixels with the least squared error over the images summed.

    Returns (785, 784): the weights, and the constant in the last row.
    """
    # pixels that are black in every image leave the equations singular: a rank cut takes the smallest solution
    return torch.linalg.pinv(sums.gram, rtol=1e-10, hermitian=True) @ sums.cross


def reduced_rank(sums: LinearSums, weights: Tensor, sizes: Collection[int]) -> dict[int, Tensor]:
    """By code size, the affine map with the least squared error of those that put a code of that size in between.

    That is reduced-rank regression (Izenman 1975): what the filter fits, projected on the leading eigenvectors of its
    second moments about the mean. weights: of the filter (785, 784). Returns the same shape, in order of size.
    """
    means = sums.gram[-1] / sums.gram[-1, -1]  # of the corrupted pixels and the constant
    mean = means @ weights  # of what the filter fits, and of the clean pixels
    spread = sums.gram - sums.gram[-1, -1] * means.outer(means)
    _, vectors = torch.linalg.eigh(weights.T @ spread @ weights)
    narrowed = {}
    for size in sorted(sizes):
        leading = vectors[:, -size:]
        narrowed[size] = weights @ leading @ leading.T
        narrowed[size][-1] += mean - mean @ leading @ leading.T
    return narrowed


def filtered(weights: Tensor, inputs: Tensor) -> Tensor:
    """uint8 inputs (N, 28, 28) through an affine map (785, 784): float32 (N, 1, 28, 28)."""
    return (_with_constant(to_float(inputs)) @ weights).float().unflatten(1, (1, SIDE, SIDE))


def _with_constant(images: Tensor) -> Tensor:
    pixels = images.flatten(1).double()
    return torch.cat([pixels, torch.ones(len(pixels), 1, dtype=torch.float64)], dim=1)
