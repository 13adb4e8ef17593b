"""Clean images on disk, a safetensors file of uint8 tensors, and as a network takes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors

PART = 1000  # images
SIDE = 28  # pixels
STAGE = "preprocess-noise"


@dataclass(frozen=True)
class Images:
    """Clean images of one data set.

    images: uint8 (N, 28, 28). labels: uint8 (N,). classes: their names, by label.
    """

    images: Tensor
    labels: Tensor
    dataset: str
    classes: tuple[str, ...]

    def first_of_each_class(self) -> Tensor:
        """Indices (10,) of the first image of every class: the samples that every picture shows."""
        return torch.stack([(self.labels == label).nonzero()[0, 0] for label in range(len(self.classes))])

    def save(self, path: Path) -> None:
        """Write the images; the file appears whole or not at all."""
        about = {"dataset": self.dataset, "classes": self.classes}
        save_tensors(path, {"images": self.images, "labels": self.labels}, about=json.dumps(about))

    @classmethod
    def load(cls, path: Path) -> "Images":
        """Read what `save` wrote. Raises UserError where it is missing, damaged, or something else."""
        tensors, header = load_tensors(path, STAGE, "images", "labels", "about")
        images, labels, about = tensors["images"], tensors["labels"], json.loads(header["about"])
        classes = tuple(about["classes"])
        refuse_if(path, flaw_of_images(images) or flaw_of_labels(labels, len(images), classes))
        return cls(images, labels, about["dataset"], classes)


def flaw_of_images(images: Tensor) -> str:
    """Why these are no images as the networks here take them; empty where they are."""
    if images.dtype == torch.uint8 and images.shape[1:] == (SIDE, SIDE) and images.numel():
        return ""
    return f"{_kind(images)}, where images of {SIDE}×{SIDE} bytes should be"


def flaw_of_labels(labels: Tensor, images: int, classes: Sequence[str]) -> str:
    """Why these are no labels of so many images; empty where they are."""
    if labels.dtype != torch.uint8 or labels.shape != (images,):
        return f"{_kind(labels)} as labels, where {images} bytes should be, one an image"
    if (largest := int(labels.max())) >= len(classes):
        return f"the label {largest}, where the {len(classes)} classes are 0 to {len(classes) - 1}"
    return ""


def refuse_if(path: Path, flaw: str) -> None:
    """Raise UserError where a file of the stage preprocess-noise has a flaw."""
    if flaw:
        raise UserError(f"{path} holds {flaw}; delete it and run `dvc repro {STAGE}`")


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {'×'.join(map(str, tensor.shape)) or 'none'}"


def to_float(images: Tensor) -> Tensor:
    """uint8 (B, 28, 28) to float32 (B, 1, 28, 28) in [0, 1], on the same device."""
    return images.unsqueeze(1).float().div_(255)


def to_uint8(images: Tensor) -> Tensor:
    """float32 (B, 1, 28, 28) to uint8 (B, 28, 28); values outside [0, 1] are clipped."""
    return (images.squeeze(1).clamp(0, 1) * 255).round().byte()


def mean_pixel(images: Tensor) -> float:
    """Mean over all pixels, on [0, 1], of uint8 images (N, 28, 28)."""
    # part by part: torch sums a copy of eight bytes a pixel
    return sum(int(part.sum(dtype=torch.int64)) for part in images.split(PART)) / images.numel() / 255
