"""Shared inputs of the latent analyses, and the Fréchet distance between sets of images."""

from dataclasses import dataclass

from torch import Tensor, nn

from hourglass import models
from hourglass.classifier import Classifier
from hourglass.images import Images, to_float, to_uint8
from hourglass.models import Model

BATCH = 1000


class FrechetDistance:
    """Fréchet distance to a set of real images in the feature space of a classifier (Heusel et al. 2017).

    The 128 units of the classifier's last hidden layer replace the usual Inception features. Distances are comparable
    only for the same classifier and the same real images.

    Args:
        classifier: trained classifier.
        real: real images, uint8 (N, C, H, W).
    """

    def __init__(self, classifier: Classifier, real: Tensor) -> None:
        from torchmetrics.image.fid import FrechetInceptionDistance  # noqa: PLC0415  takes seconds

        self._metric = FrechetInceptionDistance(_Features(classifier), reset_real_features=False, normalize=True)
        self._add(real, real=True)

    def __call__(self, images: Tensor) -> float:
        """Return the Fréchet distance of uint8 or float images (N, C, H, W). Float images are clipped to [0, 1]."""
        self._metric.reset()
        self._add(images, real=False)
        return max(0.0, self._metric.compute().item())  # rounding can leave equal distributions below 0

    def _add(self, images: Tensor, real: bool) -> None:
        for part in images.split(BATCH):
            batch = part if part.is_floating_point() else to_float(part)
            self._metric.update(batch.clamp(0, 1), real=real)


class _Features(nn.Module):
    """Feature extractor for torchmetrics, which maps images (B, C, H, W) to classifier features (B, 128)."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.layers = classifier.features
        self.num_features = classifier.output.in_features  # read by torchmetrics

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


@dataclass(frozen=True)
class Context:
    """A model, clean test images and their codes (N, K), and the classifier and Fréchet distance for decoded images."""

    model: Model
    test: Images
    codes: Tensor
    classifier: Classifier
    frechet: FrechetDistance
    seed: int

    @classmethod
    def of(cls, model: Model, test: Images, classifier: Classifier, seed: int) -> "Context":
        """Create a context by encoding the test images with the model."""
        codes = models.encode(model, test.images)
        return cls(model, test, codes, classifier, FrechetDistance(classifier, test.images), seed)

    def decode(self, codes: Tensor) -> Tensor:
        """Decode a grid of codes (R, S, K) to float32 images (R, S, C, H, W)."""
        return models.decode(self.model, codes.flatten(0, 1)).unflatten(0, codes.shape[:2])

    def decode_uint8(self, codes: Tensor) -> Tensor:
        """Decode a grid of codes (R, S, K) to uint8 images (R, S, C, H, W)."""
        return grid_to_uint8(self.decode(codes))


def grid_to_uint8(images: Tensor) -> Tensor:
    """Convert a grid of float images (R, S, C, H, W) in [0, 1] to uint8 images of the same shape."""
    return to_uint8(images.flatten(0, 1)).unflatten(0, images.shape[:2])
