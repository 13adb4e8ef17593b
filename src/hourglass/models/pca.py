"""Principal component analysis under the contract of an autoencoder: the best linear code of its size."""

import torch
from torch import Tensor

from hourglass.models.base import Model
from hourglass.models.sizes import IMAGE, SIDE
from hourglass.models.spec import PcaSpec


class Pca(Model):
    """Codes are the coordinates along the leading principal components; the decoder is their transpose.

    Being linear, `decode` can leave [0, 1] a little; errors are reported unclipped, as is usual for PCA.
    """

    spec: PcaSpec
    mean: Tensor
    components: Tensor

    def __init__(self, spec: PcaSpec) -> None:
        super().__init__()
        self.spec = spec
        self.register_buffer("mean", torch.zeros(SIDE * SIDE))
        self.register_buffer("components", torch.zeros(spec.latent, SIDE * SIDE))

    def fit(self, images: Tensor) -> None:
        """Fit to uint8 images (N, 28, 28): eigenvectors of their covariance with the largest eigenvalues.

        The signs are fixed (the largest entry of each component is positive), so that equal data give equal codes.
        """
        mean, covariance = _moments(images)
        _, vectors = torch.linalg.eigh(covariance)
        components = vectors.T.flip(0)[: self.spec.latent]
        largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
        self.mean.copy_(mean)
        self.components.copy_(components * largest.sign())

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 1, 28, 28) in [0, 1] to codes (B, K)."""
        return (images.flatten(1) - self.mean) @ self.components.T

    def decode(self, codes: Tensor) -> Tensor:
        """Codes (B, K) to images (B, 1, 28, 28)."""
        return (codes @ self.components + self.mean).unflatten(1, IMAGE)

    def multiply_adds(self) -> tuple[int, int]:
        """Of projection and back, for one image: products alone."""
        return self.components.numel(), self.components.numel()


def _moments(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (784,) and covariance (784, 784) in float64 of uint8 images, on [0, 1]."""
    total = torch.zeros(SIDE * SIDE, dtype=torch.float64)
    products = torch.zeros(SIDE * SIDE, SIDE * SIDE, dtype=torch.float64)
    for part in images.split(10_000):
        pixels = part.flatten(1).double() / 255
        total += pixels.sum(dim=0)
        products += pixels.T @ pixels
    mean = total / len(images)
    return mean, products / len(images) - torch.outer(mean, mean)
