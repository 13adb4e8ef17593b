"""Inputs shared by all latent analyses, and the Fréchet distance between sets of images."""

from dataclasses import dataclass

from torch import Tensor, nn

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.images import Images, to_float, to_uint8
from hourglass.models import Model

BATCH = 1000


class FrechetDistance:
    """Fréchet distance (Heusel et al. 2017) from real images, in classifier features.

    Features are the last hidden layer of the classifier (128 units) instead of Inception's. Distances compare only
    with those of the same classifier and the same real images.

    Args:
        classifier: trained classifier.
        real: real images, uint8 (N, 28, 28).
    """

    def __init__(self, classifier: Classifier, real: Tensor) -> None:
        from torchmetrics.image.fid import FrechetInceptionDistance  # noqa: PLC0415  takes seconds

        self._metric = FrechetInceptionDistance(_Features(classifier), reset_real_features=False, normalize=True)
        self._add(real, real=True)

    def __call__(self, images: Tensor) -> float:
        """Return the distance of images, uint8 (N, 28, 28) or float (N, 1, 28, 28) clipped to [0, 1]."""
        self._metric.reset()
        self._add(images, real=False)
        return max(0.0, self._metric.compute().item())  # rounding can leave equal distributions below 0

    def _add(self, images: Tensor, real: bool) -> None:
        for part in images.split(BATCH):
            batch = part if part.is_floating_point() else to_float(part)
            self._metric.update(batch.clamp(0, 1), real=real)


class _Features(nn.Module):
    """Features (B, 128) of images (B, 1, 28, 28); torchmetrics reads `num_features`."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.layers = classifier.features
        self.num_features = classifier.output.in_features

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


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
