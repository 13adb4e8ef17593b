"""Greyscale and colour images in memory and in files, with labels and class names.

Images in memory are uint8 tensors (N, C, H, W) with one or three channels. Files store greyscale images without the
channel axis. Batches are converted to float32 (B, C, H, W) in [0, 1] before they enter a network.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import load_tensors, parsing_metadata, save_tensors

GREY, COLOUR = 1, 3  # channels
STAGE = "preprocess-noise"
RESTORE = f"delete it and run `dvc repro {STAGE}`"
CHUNK = 1000  # images summed at once, as torch copies them to eight bytes per pixel
MOST_CLASSES = 20  # of which pictures show examples
EXAMPLES = 10  # of images without labels
UNLABELLED = ("image",)  # classes of images without labels
COLLAPSE_RATIO = 0.9  # collapsed: less than 10 % better than the mean image

Shape = tuple[int, int, int]
"""Channels, height and width of an image."""


@dataclass(frozen=True)
class Images:
    """Clean images of a data set, with labels and class names.

    Example:
        >>> test = Images.load(Path("data/prepared/images/test.safetensors"))
        >>> batch = to_float(test.images[:32])  # float32 (32, C, H, W) in [0, 1]
    """

    images: Tensor  # uint8 (N, C, H, W)
    labels: Tensor  # uint8 (N,)
    dataset: str
    classes: tuple[str, ...]  # class names, indexed by label

    @property
    def shape(self) -> Shape:
        """Channels, height and width of each image."""
        return shape_of(self.images)

    @property
    def labelled(self) -> bool:
        """Whether the images have labels. Images of a single class count as unlabelled."""
        return len(self.classes) > 1

    def names(self, indices: Tensor) -> list[str]:
        """Return the class names of the images at `indices` (K,), or an empty list if the images are unlabelled."""
        return [self.classes[label] for label in self.labels[indices]] if self.labelled else []

    def first_of_each_class(self) -> Tensor:
        """Return the indices (K,) of example images for figures: the first image of each of at most 20 classes.

        If the images are unlabelled, the indices of the first ten images are returned.
        """
        if not self.labelled:
            return torch.arange(min(EXAMPLES, len(self.images)))
        shown = range(min(len(self.classes), MOST_CLASSES))
        return torch.stack([(self.labels == label).nonzero()[0, 0] for label in shown])

    def save(self, path: Path) -> None:
        """Write images, labels, data set name and class names atomically to a safetensors file."""
        about = {"dataset": self.dataset, "classes": self.classes}
        save_tensors(path, {"images": without_grey_axis(self.images), "labels": self.labels}, about=json.dumps(about))

    @classmethod
    def load(cls, path: Path, stage: str = STAGE) -> "Images":
        """Load a file that `save` wrote in DVC stage `stage`. Raises UserError if the file is missing or invalid."""
        tensors, header = load_tensors(path, stage, "images", "labels", "about")
        with parsing_metadata(path, stage):
            about = json.loads(header["about"])
            dataset, classes = about["dataset"], tuple(about["classes"])
        remedy = f"delete it and run `dvc repro {stage}`"
        images = cls(validated_images(tensors["images"], path, remedy), tensors["labels"], dataset, classes)
        validate_labels(images.labels, len(images.images), len(images.classes), path, remedy)
        return images


def shape_of(images: Tensor) -> Shape:
    """Return the number of channels, the height and the width of images (N, C, H, W)."""
    channels, height, width = images.shape[1:]
    return channels, height, width


def without_grey_axis(images: Tensor) -> Tensor:
    """Remove the channel axis of greyscale images (..., 1, H, W). Colour images are returned unchanged."""
    return images.squeeze(-3) if images.shape[-3] == GREY else images


def validated_images(stored: Tensor, path: Path, remedy: str) -> Tensor:
    """Validate stored uint8 images (N, H, W), (N, 1, H, W) or (N, 3, H, W), and return them as images (N, C, H, W).

    Raises UserError, naming `path` and `remedy`, if `stored` is empty or has a different dtype or shape.
    """
    images = stored.unsqueeze(1) if stored.dim() == 3 else stored
    if images.dtype != torch.uint8 or images.dim() != 4 or images.shape[1] not in (GREY, COLOUR) or not images.numel():
        raise UserError(f"{path}: images are {_describe(stored)}; must be uint8 of shape N×H×W or N×3×H×W; {remedy}")
    return images


def validate_labels(labels: Tensor, images: int, classes: int, path: Path, remedy: str) -> None:
    """Raise UserError, naming `path` and `remedy`, unless `labels` are uint8 of shape (images,) and below `classes`."""
    if labels.dtype != torch.uint8 or labels.shape != (images,):
        raise UserError(f"{path}: labels are {_describe(labels)}; must be uint8 of shape {images}; {remedy}")
    if (largest := int(labels.max())) >= classes:
        raise UserError(f"{path}: label {largest} is out of range; must be 0 to {classes - 1}; {remedy}")


def _describe(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {'×'.join(map(str, tensor.shape)) or '()'}"


def to_float(images: Tensor) -> Tensor:
    """Convert uint8 images (B, C, H, W) to float32 and scale them to [0, 1]."""
    return images.float().div_(255)


def to_uint8(images: Tensor) -> Tensor:
    """Clip float32 images (B, C, H, W) to [0, 1], scale them to [0, 255], and round them to uint8."""
    return images.clamp(0, 1).mul_(255).round_().byte()


def mean_pixel(images: Tensor) -> float:
    """Return the mean pixel value of uint8 images (N, C, H, W), scaled to [0, 1]."""
    return sum(int(chunk.sum(dtype=torch.int64)) for chunk in images.split(CHUNK)) / images.numel() / 255


def mean_image_mse(train: Tensor, test: Tensor) -> float:
    """Return the test MSE of a baseline that predicts the mean training image for every test image.

    `train` and `test` are uint8 images (N, C, H, W), which are scaled to [0, 1] before the error is computed.
    """
    mean = sum(chunk.double().sum(dim=0) for chunk in train.split(CHUNK)) / len(train)
    squares = sum((chunk.double() - mean).square().sum() for chunk in test.split(CHUNK))
    return float(squares / test.numel() / 255**2)


def collapsed(test_mse: float, mean_image_mse: float) -> bool:
    """Return whether a model has collapsed, that is, whether its test MSE exceeds 0.9 times that of the mean image."""
    return test_mse > COLLAPSE_RATIO * mean_image_mse
