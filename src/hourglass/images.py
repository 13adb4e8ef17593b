"""Greyscale images in memory and on disk, stored as uint8 (N, 28, 28) with labels and class names.

Batches are converted to float32 (B, 1, 28, 28) in [0, 1] when a network uses them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors

SIDE = 28  # pixels
CLASSES = 10
STAGE = "preprocess-noise"
RESTORE = f"delete it and run `dvc repro {STAGE}`"
CHUNK = 1000  # images summed at once, as torch copies them to eight bytes per pixel
COLLAPSE_RATIO = 0.9  # collapsed: less than 10 % better than the mean image


@dataclass(frozen=True)
class Images:
    """Clean images of a data set, with labels and class names.

    Example:
        >>> test = Images.load(Path("data/prepared/images/test.safetensors"))
        >>> batch = to_float(test.images[:32])  # float32 (32, 1, 28, 28) in [0, 1]
    """

    images: Tensor  # uint8 (N, 28, 28)
    labels: Tensor  # uint8 (N,)
    dataset: str
    classes: tuple[str, ...]  # class names, indexed by label

    def first_of_each_class(self) -> Tensor:
        """Return the indices (C,) of the first image of each of the C classes, which all figures show as examples."""
        return torch.stack([(self.labels == label).nonzero()[0, 0] for label in range(len(self.classes))])

    def save(self, path: Path) -> None:
        """Write the images, labels and metadata atomically to a safetensors file."""
        about = {"dataset": self.dataset, "classes": self.classes}
        save_tensors(path, {"images": self.images, "labels": self.labels}, about=json.dumps(about))

    @classmethod
    def load(cls, path: Path) -> "Images":
        """Load images that `save` wrote. Raises UserError if the file is missing, damaged or invalid."""
        tensors, header = load_tensors(path, STAGE, "images", "labels", "about")
        about = json.loads(header["about"])
        images = cls(tensors["images"], tensors["labels"], about["dataset"], tuple(about["classes"]))
        validate_images(images.images, path, RESTORE)
        validate_labels(images.labels, len(images.images), len(images.classes), path, RESTORE)
        return images


def validate_images(images: Tensor, path: Path, remedy: str) -> None:
    """Raise UserError, naming the file and the remedy, unless images are uint8 (N, 28, 28) with N > 0."""
    if images.dtype != torch.uint8 or images.shape[1:] != (SIDE, SIDE) or not images.numel():
        raise UserError(f"{path}: images are {_describe(images)}; must be uint8 of shape N×{SIDE}×{SIDE}; {remedy}")


def validate_labels(labels: Tensor, images: int, classes: int, path: Path, remedy: str) -> None:
    """Raise UserError, naming the file and the remedy, unless each image has one uint8 label below `classes`."""
    if labels.dtype != torch.uint8 or labels.shape != (images,):
        raise UserError(f"{path}: labels are {_describe(labels)}; must be uint8 of shape {images}; {remedy}")
    if (largest := int(labels.max())) >= classes:
        raise UserError(f"{path}: label {largest} is out of range; must be 0 to {classes - 1}; {remedy}")


def _describe(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {'×'.join(map(str, tensor.shape)) or '()'}"


def to_float(images: Tensor) -> Tensor:
    """Convert uint8 images (B, 28, 28) to float32 images (B, 1, 28, 28) in [0, 1] on the same device."""
    return images.unsqueeze(1).float().div_(255)


def to_uint8(images: Tensor) -> Tensor:
    """Convert float32 images (B, 1, 28, 28) to uint8 images (B, 28, 28). Values are first clipped to [0, 1]."""
    return (images.squeeze(1).clamp(0, 1) * 255).round().byte()


def mean_pixel(images: Tensor) -> float:
    """Return the mean of all pixels in uint8 images (N, 28, 28), scaled to [0, 1]."""
    return sum(int(chunk.sum(dtype=torch.int64)) for chunk in images.split(CHUNK)) / images.numel() / 255


def mean_image_mse(train: Tensor, test: Tensor) -> float:
    """Return the test MSE of a baseline that predicts the mean training image for every test image.

    Images are uint8 (N, 28, 28). The error is computed after scaling pixels to [0, 1].
    """
    mean = sum(chunk.double().sum(dim=0) for chunk in train.split(CHUNK)) / len(train)
    squares = sum((chunk.double() - mean).square().sum() for chunk in test.split(CHUNK))
    return float(squares / test.numel() / 255**2)


def collapsed(test_mse: float, mean_image_mse: float) -> bool:
    """Return whether the test MSE of a model exceeds `COLLAPSE_RATIO` times the MSE of predicting the mean image."""
    return test_mse > COLLAPSE_RATIO * mean_image_mse
