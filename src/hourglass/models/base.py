"""Abstract base class of all models."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from hourglass.images import Shape
from hourglass.models.spec import NetworkSpec, PcaSpec


class Model(nn.Module):
    """Base class for models that encode images (B, C, H, W) in [0, 1] to codes (B, K) and decode codes to images."""

    spec: NetworkSpec | PcaSpec
    active_sd = 1e-3  # a latent dimension is active if its standard deviation over images exceeds this

    def __init__(self, image: Shape) -> None:
        """Create a model without parameters for images of shape (C, H, W)."""
        super().__init__()
        self.image = image

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Encode images (B, C, H, W) in [0, 1] to codes (B, K)."""

    @abstractmethod
    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, C, H, W) in [0, 1]. Pixels decoded by PCA can lie slightly outside."""

    def forward(self, images: Tensor) -> Tensor:
        """Reconstruct images (B, C, H, W) in [0, 1] by encoding and decoding them."""
        return self.decode(self.encode(images))

    def coordinates(self, codes: Tensor) -> Tensor:
        """Map codes (N, K) to unconstrained coordinates (N, K), in which codes can be averaged and sampled.

        By default, coordinates equal codes. `Autoencoder` maps softmax codes, which must sum to 1, to log-ratios.
        """
        return codes

    def from_coordinates(self, coordinates: Tensor) -> Tensor:
        """Map any coordinates (N, K) to valid codes (N, K). Coordinates of a valid code are mapped to this code."""
        return coordinates

    def prior(self, count: int, generator: torch.Generator) -> Tensor | None:
        """Draw codes (count, K) from the prior, or return None if the model has no prior."""
        return None

    def dimension_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """Return metrics (B, K) per image and latent dimension, keyed by name. The dictionary is empty by default."""
        return {}

    def check(self, images: Tensor) -> None:
        """Check the dtype, shape and range of input images, unless the model is being trained or compiled.

        Raises:
            ValueError: if the images are not floats of shape (B, C, H, W) in [0, 1].
        """
        if self.training or torch.compiler.is_compiling():
            return
        if not images.is_floating_point() or images.shape[1:] != self.image:
            shape, expected = "×".join(map(str, images.shape)), "×".join(map(str, self.image))
            raise ValueError(f"images are {images.dtype} of shape {shape}; must be float of shape B×{expected}")
        if images.numel() and not (images.min() >= 0 and images.max() <= 1):
            raise ValueError(f"pixels range from {images.min():g} to {images.max():g}; must be in [0, 1]")

    def parameter_count(self) -> int:
        """Return the number of parameters or, for PCA, which has none, of values in the mean and the components."""
        return sum(part.numel() for part in self.parameters()) or sum(part.numel() for part in self.buffers())

    @abstractmethod
    def multiply_adds(self) -> tuple[int, int]:
        """Return the numbers of multiply-adds per image in the encoder and in the decoder, excluding biases."""
