"""How much images are like real ones."""

from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from hourglass.classifier import Classifier
from hourglass.images import to_float

BATCH = 1000


class Realism:
    """How far sets of images are from real ones: the Fréchet distance between the classifier's features of both.

    Heusel et al. 2017, with the classifier's last hidden layer (128 numbers) in the place of Inception's; 0 between equal
    distributions. The numbers compare only with those of the same classifier and the same real images.
    """

    def __init__(self, classifier: Classifier, real: Tensor) -> None:
        """real: uint8 (N, 28, 28)."""
        self._distance = FrechetInceptionDistance(_Features(classifier), reset_real_features=False, normalize=True)
        self._add(real, real=True)

    def distance(self, images: Tensor) -> float:
        """The distance from the real ones of images: uint8 (N, 28, 28) or float (N, 1, 28, 28), taken into [0, 1]."""
        self._distance.reset()
        self._add(images, real=False)
        # rounding can leave equal distributions a little below 0
        return max(0.0, self._distance.compute().item())

    def _add(self, images: Tensor, real: bool) -> None:
        for part in images.split(BATCH):
            batch = part if part.is_floating_point() else to_float(part)
            self._distance.update(batch.clamp(0, 1), real=real)


class _Features(nn.Module):
    """The classifier's features, with their number under the name that torchmetrics looks for."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.layers = classifier.features
        self.num_features = classifier.output.in_features

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, 1, 28, 28) in [0, 1] to features (B, 128)."""
        return self.layers(images)
