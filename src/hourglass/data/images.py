"""Clean images on disk, a safetensors file of uint8 tensors, and as a network takes them."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hourglass.files import load_tensors, save_tensors

PART = 1000  # images


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
        """Read what `save` wrote. Raises UserError where it is missing or damaged."""
        tensors, header = load_tensors(path, "preprocess-noise", "images", "labels", "about")
        about = json.loads(header["about"])
        return cls(tensors["images"], tensors["labels"], about["dataset"], tuple(about["classes"]))


def as_input(images: Tensor) -> Tensor:
    """uint8 (B, 28, 28) to float32 (B, 1, 28, 28) in [0, 1], on the same device."""
    return images.unsqueeze(1).float().div_(255)


def as_stored(images: Tensor) -> Tensor:
    """float32 (B, 1, 28, 28) to uint8 (B, 28, 28); values outside [0, 1] are clipped."""
    return (images.squeeze(1).clamp(0, 1) * 255).round().byte()


def mean_pixel(images: Tensor) -> float:
    """Mean over all pixels, on [0, 1], of uint8 images (N, 28, 28)."""
    # part by part: torch sums a copy of eight bytes a pixel
    return sum(int(part.sum(dtype=torch.int64)) for part in images.split(PART)) / images.numel() / 255
