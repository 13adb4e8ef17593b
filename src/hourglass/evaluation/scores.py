"""How close images come to what they should show, on [0, 1].

To add a figure: write its function here and put it into SCORES, and describe it in `hourglass.metrics`. It is then
measured of every variant and yardstick.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from hourglass.classifier import Classifier
from hourglass.images import Images, to_float
from hourglass.records import Scores

BATCH = 1000


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB of images in [0, 1] whose mean squared error per pixel is `mse`.

    Infinite where mse is 0. Taken of the error pooled over a whole set, not averaged over its images' own ratios.
    """
    return -10 * math.log10(mse) if mse > 0 else math.inf


def image_errors(images: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error per pixel, float64 (N,), of every image.

    images: float32 (N, 1, 28, 28) or uint8 (N, 28, 28). targets: uint8 (N, 28, 28).
    """
    parts = zip(images.split(BATCH), targets.split(BATCH), strict=True)
    squares = ((_pixels(part) - to_float(target)).double().square() for part, target in parts)
    return torch.cat([square.flatten(1).mean(dim=1) for square in squares])


def ssim(images: Tensor, targets: Tensor) -> float:
    """Structural similarity (Wang et al. 2004), mean over images: 1 where they are equal.

    images: float32 (N, 1, 28, 28) or uint8 (N, 28, 28). targets: uint8 (N, 28, 28). The window is Gaussian,
    11 pixels wide, σ 1.5.
    """
    total = 0.0
    for part, target in zip(images.split(BATCH), targets.split(BATCH), strict=True):
        # as the channels of one image: the same windows, several times as fast as one channel of many images
        pair = _pixels(part).transpose(0, 1), to_float(target).transpose(0, 1)
        found = structural_similarity_index_measure(*pair, data_range=1.0)
        assert isinstance(found, Tensor)
        total += found.item() * len(part)
    return total / len(images)


def mse(images: Tensor, targets: Tensor) -> float:
    """Mean squared error per pixel over all images, as `image_errors` takes them."""
    return image_errors(images, targets).mean().item()


@dataclass(frozen=True)
class Verdicts:
    """The classes, uint8 (N,) each, that the classifier sees: in images, and in the originals themselves."""

    images: Tensor
    originals: Tensor


SCORES: dict[str, Callable[[Tensor, Images, Verdicts], float]] = {
    "mse": lambda images, originals, verdicts: mse(images, originals.images),
    "psnr": lambda images, originals, verdicts: psnr(mse(images, originals.images)),
    "ssim": lambda images, originals, verdicts: ssim(images, originals.images),
    "label_accuracy": lambda images, originals, verdicts: _share(verdicts.images == originals.labels),
    "prediction_agreement": lambda images, originals, verdicts: _share(verdicts.images == verdicts.originals),
}
"""What is measured of images (N, 1, 28, 28) or (N, 28, 28), by name, in this order.

label_accuracy: the share that the classifier takes for the original's class, so that its own errors count against the images.
prediction_agreement: the share in which it sees the class, right or wrong, that it sees in the original.
"""


def scores(images: Tensor, originals: Images, verdicts: Tensor, classifier: Classifier) -> Scores:
    """All of SCORES, of images in the originals' order: float32 (N, 1, 28, 28) or uint8 (N, 28, 28).

    verdicts: the classes (N,) that the classifier sees in the originals.
    """
    seen = Verdicts(classifier.classes(images), verdicts)
    return {name: score(images, originals, seen) for name, score in SCORES.items()}


def confusion(seen: Tensor, originals: Images) -> Tensor:
    """How many images of the row's class show the column's: int64 (C, C). seen: the classes (N,) that they show."""
    classes = len(originals.classes)
    return (originals.labels.long() * classes + seen).bincount(minlength=classes**2).unflatten(0, (classes, classes))


def class_errors(errors: Tensor, originals: Images) -> dict[str, float]:
    """Mean of the images' errors (N,) in each class, by class name."""
    return {name: errors[originals.labels == label].mean().item() for label, name in enumerate(originals.classes)}


def _share(which: Tensor) -> float:
    return which.double().mean().item()


def _pixels(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else to_float(images)
