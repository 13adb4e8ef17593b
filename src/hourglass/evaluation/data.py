"""Images and classifier for the evaluation of all models."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import Tensor

from hourglass import classifier
from hourglass.classifier import Classifier
from hourglass.corruptions import TESTED, CorruptedImages
from hourglass.images import Images
from hourglass.metrics import RECONSTRUCTION, Reconstructions


@dataclass(frozen=True)
class EvaluationData:
    """Clean images, test images under each tested corruption (including `none`), and the classifier."""

    train: Images
    test: Images
    inputs: Mapping[str, CorruptedImages]
    classifier: Classifier

    @classmethod
    def load(cls, images: Path, inputs: Path, classifier_file: Path) -> "EvaluationData":
        """Load clean images, corrupted inputs and the classifier. Raises UserError if a file is missing or damaged."""
        train, test = (Images.load(images / f"{split}.safetensors") for split in ("train", "test"))
        corrupted = {name: CorruptedImages.load(inputs / name / "test.safetensors") for name in TESTED}
        return cls(train, test, corrupted, classifier.load(classifier_file, test))

    @property
    def corrupted(self) -> dict[str, CorruptedImages]:
        """Test images under each tested corruption except `none`, keyed by corruption."""
        return {name: inputs for name, inputs in self.inputs.items() if name != "none"}

    @cached_property
    def predictions(self) -> Tensor:
        """Class that the classifier predicts for each clean test image, uint8 (N,)."""
        return self.classifier.predict(self.test.images)

    def reconstructions(self, images: Tensor) -> Reconstructions:
        """Classify reconstructions of all test images, given as float32 or uint8 (N, C, H, W)."""
        return Reconstructions(images, self.test, self.classifier.predict(images), self.predictions)

    def scores(self, images: Tensor) -> dict[str, int | float]:
        """Compute the metrics of reconstructions, given as float32 or uint8 (N, C, H, W)."""
        scores = RECONSTRUCTION.scores(self.reconstructions(images), labelled=self.test.labelled)
        return {key: score.value for key, score in scores.items()}
