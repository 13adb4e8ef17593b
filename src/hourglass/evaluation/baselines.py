"""What needs no autoencoder: the yardsticks that every variant is held against."""

from collections.abc import Collection

import torch
from torch import Tensor

from hourglass.data import Corruption, as_input
from hourglass.models import Pca, build
from hourglass.settings.network import PcaSpec
from hourglass.settings.sizes import SIDE


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
