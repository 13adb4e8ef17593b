"""Base class of all models."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from hourglass.models.spec import NetworkSpec, PcaSpec


class Model(nn.Module):
    """Base class of models that encode images (B, 1, 28, 28) in [0, 1] to codes (B, K) and decode codes to images."""

    spec: NetworkSpec | PcaSpec
    active_sd = 1e-3  # a latent dimension is active if its standard deviation over images exceeds this

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Encode images (B, 1, 28, 28) in [0, 1] to codes (B, K)."""

    @abstractmethod
    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, 1, 28, 28) in [0, 1]."""

    def forward(self, images: Tensor) -> Tensor:
        """Encode and decode images (B, 1, 28, 28) in [0, 1], and return reconstructions of the same shape and range."""
        return self.decode(self.encode(images))

    def coordinates(self, codes: Tensor) -> Tensor:
        """Map codes (N, K) to unconstrained coordinates (N, K), which can be averaged, sampled and shifted freely."""
        return codes

    def from_coordinates(self, coordinates: Tensor) -> Tensor:
        """Map arbitrary coordinates (N, K) to valid codes (N, K). This is the inverse of `coordinates`."""
        return coordinates

    def prior(self, count: int, generator: torch.Generator) -> Tensor | None:
        """Draw `count` codes (count, K) from the prior, or return None if the model has no prior."""
        return None

    def dimension_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """Return metrics (B, K) for each image and latent dimension, keyed by metric name. The default is empty."""
        return {}

    @abstractmethod
    def multiply_adds(self) -> tuple[int, int]:
        """Return the number of multiply-adds per image in the encoder and in the decoder, excluding biases."""
