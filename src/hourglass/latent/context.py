"""Inputs shared by all latent analyses."""

from dataclasses import dataclass

from torch import Tensor

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.images import Images, to_uint8
from hourglass.latent.frechet import FrechetDistance
from hourglass.models import Model


@dataclass(frozen=True)
class Context:
    """A model, its codes (N, K) of the clean test images, and what images decoded from codes are scored by."""

    model: Model
    test: Images
    codes: Tensor
    classifier: Classifier
    frechet: FrechetDistance
    seed: int

    @classmethod
    def of(cls, model: Model, test: Images, classifier: Classifier, seed: int) -> "Context":
        """Encode the test images."""
        codes = models.encode(model, test.images)
        return cls(model, test, codes, classifier, FrechetDistance(classifier, test.images), seed)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the images, float32 (R, C, 1, 28, 28), of a grid of codes (R, C, K)."""
        return models.decode(self.model, codes.flatten(0, 1)).unflatten(0, codes.shape[:2])

    def decode_uint8(self, codes: Tensor) -> Tensor:
        """Return the images, uint8 (R, C, 28, 28), of a grid of codes (R, C, K)."""
        return grid_to_uint8(self.decode(codes))


def grid_to_uint8(images: Tensor) -> Tensor:
    """Convert a grid of images, float (R, C, 1, 28, 28) in [0, 1], to uint8 (R, C, 28, 28)."""
    return to_uint8(images.flatten(0, 1)).unflatten(0, images.shape[:2])
