"""Images on disk: safetensors files of uint8 tensors, with what they are in the header."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from hourglass.data.corruption import Corruption
from hourglass.files import load_tensors, save_tensors

CLASSES: dict[str, tuple[str, ...]] = {
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "mnist": tuple("0123456789"),
    "digits": tuple("0123456789"),
}


@dataclass(frozen=True)
class Images:
    """Clean images of one data set.

    images: uint8 (N, 28, 28). labels: uint8 (N,).
    """

    images: Tensor
    labels: Tensor
    dataset: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the ten classes, by label."""
        return CLASSES[self.dataset]

    def first_of_each_class(self) -> Tensor:
        """Indices (10,) of the first image of every class: the samples that every picture shows."""
        return torch.stack([(self.labels == label).nonzero()[0, 0] for label in range(len(self.classes))])

    def save(self, path: Path) -> None:
        """Write the images; the file appears whole or not at all."""
        save_tensors(path, {"images": self.images, "labels": self.labels}, dataset=self.dataset)

    @classmethod
    def load(cls, path: Path) -> "Images":
        """Read what `save` wrote. Raises UserError where it is missing or damaged."""
        tensors, header = load_tensors(path, "preprocess-noise", "images", "labels", "dataset")
        return cls(tensors["images"], tensors["labels"], header["dataset"])


@dataclass(frozen=True)
class Inputs:
    """What a model is given: images under one corruption, uint8 (N, 28, 28), and the corruption that made them."""

    images: Tensor
    corruption: Corruption

    def save(self, path: Path) -> None:
        """Write the inputs; the file appears whole or not at all."""
        save_tensors(path, {"images": self.images}, corruption=json.dumps(asdict(self.corruption)))

    @classmethod
    def load(cls, path: Path) -> "Inputs":
        """Read what `save` wrote. Raises UserError where it is missing or damaged."""
        tensors, header = load_tensors(path, "preprocess-noise", "images", "corruption")
        return cls(tensors["images"], Corruption(**json.loads(header["corruption"])))


@dataclass(frozen=True)
class Kept:
    """What a variant made of the first test images, as it was given them, after every epoch: how it learned.

    reconstructions: uint8 (E, N, 28, 28), the first after epoch 1.
    """

    reconstructions: Tensor

    def save(self, path: Path) -> None:
        """Write the reconstructions; the file appears whole or not at all."""
        save_tensors(path, {"reconstructions": self.reconstructions})

    @classmethod
    def load(cls, path: Path) -> "Kept":
        """Read what `save` wrote. Raises UserError where it is missing or damaged."""
        tensors, _ = load_tensors(path, f"train@{path.stem}", "reconstructions")
        return cls(tensors["reconstructions"])


def as_input(images: Tensor) -> Tensor:
    """uint8 (B, 28, 28) to float32 (B, 1, 28, 28) in [0, 1], on the same device."""
    return images.unsqueeze(1).float().div_(255)


def as_stored(images: Tensor) -> Tensor:
    """float32 (B, 1, 28, 28) to uint8 (B, 28, 28); values outside [0, 1] are clipped."""
    return (images.squeeze(1).clamp(0, 1) * 255).round().byte()
