"""Interface of all models."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from hourglass.models.spec import NetworkSpec, PcaSpec


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

    @abstractmethod
    def multiply_adds(self) -> tuple[int, int]:
        """Return the multiplications of encoder and decoder for one image, biases excluded."""
