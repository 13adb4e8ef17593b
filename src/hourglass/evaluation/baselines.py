"""What needs no autoencoder: the yardsticks beside every variant."""

from collections.abc import Collection

import torch
from torch import Tensor

from hourglass.data import Corruption, Inputs, as_input
from hourglass.evaluation.scores import psnr
from hourglass.evaluation.testbed import Testbed
from hourglass.models import Pca, build, reconstruct
from hourglass.randomness import generator
from hourglass.records import Baselines, Corrupted, PcaScores
from hourglass.settings.network import PcaSpec
from hourglass.settings.sizes import SIDE
from hourglass.training import mean_image_mse


def baselines(testbed: Testbed, code_sizes: Collection[int], seed: int) -> Baselines:
    """What the yardsticks come to on the test set, measured as `evaluate` measures a variant.

    code_sizes: of the PCAs.
    """
    train, test = testbed.train, testbed.test
    mean_image = mean_image_mse(train.images, test.images)
    return Baselines(
        mean_image={"mse": mean_image, "psnr": psnr(mean_image)},
        originals={"class_kept": testbed.judge.kept(test.images, test.labels)},
        corrupted={
            name: _corrupted(inputs, testbed, generator(seed, "linear filter", name))
            for name, inputs in testbed.corrupted.items()
        },
        pca={str(size): _pca_scores(pca, testbed) for size, pca in fitted_pcas(train.images, code_sizes).items()},
    )


def _corrupted(inputs: Inputs, testbed: Testbed, draw: torch.Generator) -> Corrupted:
    """draw: for the noise on the training images to which the filter is fitted."""
    weights = linear_filter(testbed.train.images, inputs.corruption, draw)
    return Corrupted(
        input=testbed.scores(inputs.images),
        linear_filter=testbed.scores(filtered(weights, inputs.images)),
    )


def _pca_scores(pca: Pca, testbed: Testbed) -> PcaScores:
    return PcaScores(clean=testbed.scores(reconstruct(pca, testbed.test.images)), restored=testbed.restored(pca))


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


def linear_filter(images: Tensor, corruption: Corruption, generator: torch.Generator) -> Tensor:
    """The affine map from corrupted to clean pixels with the least squared error over the training images.

    images: uint8 (N, 28, 28). Returns (785, 784): the weights, and the constant in the last row. Least squares by the
    normal equations, over one draw of the corruption for every image.
    """
    size = SIDE * SIDE + 1
    gram = torch.zeros(size, size, dtype=torch.float64)
    cross = torch.zeros(size, size - 1, dtype=torch.float64)
    for part in images.split(10_000):
        clean = as_input(part)
        noisy = _with_constant(corruption.apply(clean, generator))
        gram += noisy.T @ noisy
        cross += noisy.T @ clean.flatten(1).double()
    # pixels that are black in every image leave the equations singular: a rank cut takes the smallest solution
    return torch.linalg.pinv(gram, rtol=1e-10, hermitian=True) @ cross


def filtered(weights: Tensor, inputs: Tensor) -> Tensor:
    """uint8 inputs (N, 28, 28) through a linear filter: float32 (N, 1, 28, 28)."""
    return (_with_constant(as_input(inputs)) @ weights).float().unflatten(1, (1, SIDE, SIDE))


def _with_constant(images: Tensor) -> Tensor:
    pixels = images.flatten(1).double()
    return torch.cat([pixels, torch.ones(len(pixels), 1, dtype=torch.float64)], dim=1)
