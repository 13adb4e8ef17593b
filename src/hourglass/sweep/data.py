"""One data set, as a sweep keeps it on disk and sends it to its workers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from hourglass import classifier
from hourglass.classifier import Classifier
from hourglass.files import sha256
from hourglass.images import Images

SPLITS = ("train", "test")


@dataclass(frozen=True)
class SweepImages:
    """Images and the classifier."""

    train: Images
    test: Images
    classifier: Classifier

    @staticmethod
    def hashes(folder: Path) -> dict[str, str]:
        """Of the files of a data set's images, by what they hold."""
        return {split: sha256(folder / f"{split}.safetensors") for split in SPLITS}

    def save(self, folder: Path) -> None:
        """Each file appears whole or not at all."""
        self.train.save(folder / "train.safetensors")
        self.test.save(folder / "test.safetensors")
        classifier.save(self.classifier, folder / "classifier.safetensors")

    @classmethod
    def load(cls, folder: Path) -> "SweepImages":
        """Read what `save` wrote. Raises UserError where that is missing or damaged."""
        train, test = (Images.load(folder / f"{split}.safetensors") for split in SPLITS)
        return cls(train, test, classifier.load(folder / "classifier.safetensors"))

    def packed(self) -> "Packed":
        """For Ray, whose workers on one machine then share one copy."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for split in SPLITS:
            images: Images = getattr(self, split)
            arrays |= {f"{split}.images": images.images.numpy(), f"{split}.labels": images.labels.numpy()}
        arrays |= {f"classifier.{name}": weights.numpy() for name, weights in self.classifier.state_dict().items()}
        return Packed(arrays, self.train.dataset, self.train.classes)


@dataclass(frozen=True)
class Packed:
    """The same as arrays by name."""

    arrays: Mapping[str, NDArray[np.generic]]
    dataset: str
    classes: tuple[str, ...]

    def unpacked(self) -> SweepImages:
        """A copy that may be written to."""
        tensors = {name: torch.tensor(array) for name, array in self.arrays.items()}
        train, test = (
            Images(tensors[f"{split}.images"], tensors[f"{split}.labels"], self.dataset, self.classes)
            for split in SPLITS
        )
        network = classifier.build(0)
        weights = {name: tensor for name, tensor in tensors.items() if name.startswith("classifier.")}
        network.load_state_dict({name.removeprefix("classifier."): tensor for name, tensor in weights.items()})
        return SweepImages(train, test, network.eval())
