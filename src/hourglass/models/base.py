"""Interface of all models."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from hourglass.images import SIDE
from hourglass.models.spec import IMAGE, NetworkSpec, PcaSpec


class Model(nn.Module):
    """An encoder and a decoder: images (B, 1, 28, 28) in [0, 1] to codes (B, K) and back."""

    spec: NetworkSpec | PcaSpec
    active_sd = 1e-3  # a latent dimension is active if its standard deviation over images exceeds this

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Return the codes (B, K) of images (B, 1, 28, 28) in [0, 1]."""

    @abstractmethod
    def decode(self, codes: Tensor) -> Tensor:
        """Return the images (B, 1, 28, 28) in [0, 1] decoded from codes (B, K)."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the reconstructions (B, 1, 28, 28) in [0, 1] of images (B, 1, 28, 28) in [0, 1]."""
        return self.decode(self.encode(images))

    def coordinates(self, codes: Tensor) -> Tensor:
        """Map codes (N, K) to unconstrained coordinates (N, K), in which they can be averaged, sampled and moved."""
        return codes

    def from_coordinates(self, coordinates: Tensor) -> Tensor:
        """Map any coordinates (N, K) to valid codes (N, K), the inverse of `coordinates`."""
        return coordinates

    def prior(self, count: int, generator: torch.Generator) -> Tensor | None:
        """Return `count` codes (count, K) sampled from the prior, or None for a model without one."""
        return None

    def dimension_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """Return metrics (B, K) of each latent dimension for images (B, 1, 28, 28), by name; empty by default."""
        return {}

    def check(self, images: Tensor) -> None:
        """Check the images that a model in evaluation mode is applied to.

        Raises:
            ValueError: if they are not floats of shape (B, 1, 28, 28) in [0, 1].
        """
        if self.training or torch.compiler.is_compiling():
            return
        if not images.is_floating_point() or images.shape[1:] != IMAGE:
            shape = "×".join(map(str, images.shape))
            raise ValueError(f"images are {images.dtype} of shape {shape}; must be float of shape B×1×{SIDE}×{SIDE}")
        if images.numel() and not (images.min() >= 0 and images.max() <= 1):
            raise ValueError(f"pixels range from {images.min():g} to {images.max():g}; must be in [0, 1]")

    @abstractmethod
    def multiply_adds(self) -> tuple[int, int]:
        """Return the multiplications of encoder and decoder for one image, biases excluded."""
