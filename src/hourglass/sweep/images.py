"""The images and the classifier of one data set, as a sweep stores them and sends them to its workers."""

from dataclasses import dataclass
from pathlib import Path

from hourglass import classifier
from hourglass.classifier import Classifier
from hourglass.files import sha256
from hourglass.images import Images

SPLITS = ("train", "test")


@dataclass(frozen=True)
class SweepImages:
    """Training images, test images and the classifier that scores reconstructions."""

    train: Images
    test: Images
    classifier: Classifier

    @staticmethod
    def hashes(folder: Path) -> dict[str, str]:
        """Return the SHA-256 of each split's file in a folder of `save`, or of the stage preprocess-noise."""
        return {split: sha256(folder / f"{split}.safetensors") for split in SPLITS}

    def save(self, folder: Path) -> None:
        """Write three safetensors files."""
        self.train.save(folder / "train.safetensors")
        self.test.save(folder / "test.safetensors")
        classifier.save(self.classifier, folder / "classifier.safetensors")

    @classmethod
    def load(cls, folder: Path) -> "SweepImages":
        """Read what `save` wrote. Raises UserError if a file is missing or damaged."""
        train, test = (Images.load(folder / f"{split}.safetensors") for split in SPLITS)
        return cls(train, test, classifier.load(folder / "classifier.safetensors"))
