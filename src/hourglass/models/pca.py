"""Principal component analysis with the interface of an autoencoder."""

from math import prod

import torch
from torch import Tensor

from hourglass.images import Shape
from hourglass.models.base import Model
from hourglass.models.spec import PcaSpec

BATCH = 10_000
LARGEST_COVARIANCE = 4096  # values of an image, above which PCA is fitted incrementally
INCREMENTAL_BATCH = 1000


class Pca(Model):
    """Principal component analysis, the linear autoencoder with the lowest squared error for a given latent dimension.

    `decode` is linear, so decoded pixels can lie slightly outside [0, 1]. Errors are computed without clipping, as is
    usual for PCA.
    """

    spec: PcaSpec
    mean: Tensor
    components: Tensor

    def __init__(self, spec: PcaSpec, image: Shape) -> None:
        """Create a model for images of shape (C, H, W). The mean and the components are zero until `fit` is called."""
        super().__init__(image)
        spec.layers(image)
        self.spec = spec
        self.register_buffer("mean", torch.zeros(prod(image)))
        self.register_buffer("components", torch.zeros(spec.latent, prod(image)))

    def fit(self, images: Tensor) -> None:
        """Fit the mean and the components to uint8 images (N, C, H, W).

        Pixels are scaled to [0, 1], and sums are accumulated in float64. The entry of largest magnitude in each
        component is made positive, so that signs are deterministic. For images with more than 4,096 values, incremental
        PCA (Ross et al. 2008) is used, an approximation that needs no covariance matrix.
        """
        mean, components = self._fit(images) if prod(self.image) <= LARGEST_COVARIANCE else self._fit_parts(images)
        largest = components.gather(1, components.abs().argmax(dim=1, keepdim=True))
        self.mean.copy_(mean)
        self.components.copy_(components * largest.sign())

    def _fit(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean (P,) and the components (K, P) of images with P values, from the covariance (P, P)."""
        values = prod(self.image)
        total = torch.zeros(values, dtype=torch.float64)
        products = torch.zeros(values, values, dtype=torch.float64)
        for part in images.split(BATCH):
            pixels = part.flatten(1).double() / 255
            total += pixels.sum(dim=0)
            products += pixels.T @ pixels
        mean = total / len(images)
        _, vectors = torch.linalg.eigh(products / len(images) - torch.outer(mean, mean))
        return mean, vectors.T.flip(0)[: self.spec.latent]

    def _fit_parts(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean (P,) and the components (K, P) of images with P values, by incremental PCA in batches."""
        from sklearn.decomposition import IncrementalPCA  # noqa: PLC0415  takes seconds

        size = max(INCREMENTAL_BATCH, self.spec.latent)
        model = IncrementalPCA(self.spec.latent)
        for part in images.tensor_split(max(1, len(images) // size)):  # none has fewer images than components
            model.partial_fit(part.flatten(1).double().numpy() / 255)
        return torch.from_numpy(model.mean_), torch.from_numpy(model.components_)

    def encode(self, images: Tensor) -> Tensor:
        """Encode images (B, C, H, W) in [0, 1] to codes (B, K)."""
        self.check(images)
        return (images.flatten(1) - self.mean) @ self.components.T

    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, C, H, W), whose pixels can lie slightly outside [0, 1]."""
        return (codes @ self.components + self.mean).unflatten(1, self.image)

    def multiply_adds(self) -> tuple[int, int]:
        """Return the numbers of multiply-adds per image in the projection and in the back-projection."""
        return self.components.numel(), self.components.numel()
