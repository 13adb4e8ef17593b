"""Principal component analysis with the interface of an autoencoder."""

from math import prod

import torch
from torch import Tensor

from hourglass.images import Shape
from hourglass.models.base import Model
from hourglass.models.spec import PcaSpec

BATCH = 10_000


class Pca(Model):
    """Projection onto the leading principal components, the best linear autoencoder for a given latent dimension.

    `decode` is linear, so decoded pixels can lie slightly outside [0, 1]. Errors are computed without clipping, as is
    usual for PCA.
    """

    spec: PcaSpec
    mean: Tensor
    components: Tensor

    def __init__(self, spec: PcaSpec, image: Shape) -> None:
        """Create a model for images (C, H, W), with `spec.latent` components. All values are zero until `fit`."""
        super().__init__(image)
        spec.layers(image)
        self.spec = spec
        self.register_buffer("mean", torch.zeros(prod(image)))
        self.register_buffer("components", torch.zeros(spec.latent, prod(image)))

    def fit(self, images: Tensor) -> None:
        """Fit the mean and the components to uint8 images (N, C, H, W).

        Pixels are scaled to [0, 1], and sums are accumulated in float64. The entry of largest magnitude in each
        component is made positive, so that equal data give equal codes.
        """
        values = prod(self.image)
        total = torch.zeros(values, dtype=torch.float64)
        products = torch.zeros(values, values, dtype=torch.float64)
        for part in images.split(BATCH):
            pixels = part.flatten(1).double() / 255
            total += pixels.sum(dim=0)
            products += pixels.T @ pixels
        mean = total / len(images)
        _, vectors = torch.linalg.eigh(products / len(images) - torch.outer(mean, mean))
        components = vectors.T.flip(0)[: self.spec.latent]
        largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
        self.mean.copy_(mean)
        self.components.copy_(components * largest.sign())

    def encode(self, images: Tensor) -> Tensor:
        """Encode images (B, C, H, W) in [0, 1] to codes (B, K)."""
        self.check(images)
        return (images.flatten(1) - self.mean) @ self.components.T

    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, C, H, W), whose pixels can lie slightly outside [0, 1]."""
        return (codes @ self.components + self.mean).unflatten(1, self.image)

    def multiply_adds(self) -> tuple[int, int]:
        """Return the number of multiply-adds per image in the projection and in the back-projection."""
        return self.components.numel(), self.components.numel()
