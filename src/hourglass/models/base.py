"""What every model answers."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from hourglass.models.spec import NetworkSpec, PcaSpec

LIVE = 1e-3  # standard deviation over images from which a code unit counts as live


class Model(nn.Module):
    """Images in, codes between, images out. live_threshold: see `LIVE`."""

    spec: NetworkSpec | PcaSpec
    live_threshold = LIVE

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 1, 28, 28) in [0, 1] to codes (B, K)."""

    @abstractmethod
    def decode(self, codes: Tensor) -> Tensor:
        """Codes (B, K) to images (B, 1, 28, 28) in [0, 1]."""

    def forward(self, images: Tensor) -> Tensor:
        """Reconstructions (B, 1, 28, 28) in [0, 1] of images (B, 1, 28, 28) in [0, 1]."""
        return self.decode(self.encode(images))

    def coordinates(self, codes: Tensor) -> Tensor:
        """Codes (N, K) in numbers (N, K) that nothing ties to each other: a mean, a draw or a step is taken there."""
        return codes

    def at(self, coordinates: Tensor) -> Tensor:
        """The codes (N, K) at any coordinates (N, K)."""
        return coordinates

    def prior(self, count: int, generator: torch.Generator) -> Tensor | None:
        """Codes (count, K) from the distribution that training pulls codes towards; None where there is none."""
        return None

    def code_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """What only codes of this kind have: for images (B, 1, 28, 28) in [0, 1], a figure (B, K) each, by name."""
        return {}

    @abstractmethod
    def multiply_adds(self) -> tuple[int, int]:
        """Of encoder and decoder, for one image: products alone, no biases."""
