"""Fréchet distance between sets of images."""

from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from hourglass.classifier import Classifier
from hourglass.images import to_float

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
