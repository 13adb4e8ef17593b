"""What every variant is measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import Tensor

from hourglass import classifier
from hourglass.classifier import Classifier
from hourglass.corruptions import TESTED, Inputs
from hourglass.evaluation.scores import scores
from hourglass.images import Images
from hourglass.models import Model, reconstruct
from hourglass.records import Scores


@dataclass(frozen=True)
class EvaluationData:
    """The images, the test images once more under every corruption, `none` included, and the classifier."""

    train: Images
    test: Images
    inputs: Mapping[str, Inputs]
    classifier: Classifier

    @classmethod
    def load(cls, images: Path, inputs: Path, classifier_file: Path) -> "EvaluationData":
        """From the folders of clean and of corrupted images. Raises UserError where a file is missing or damaged."""
        return cls(
            Images.load(images / "train.safetensors"),
            Images.load(images / "test.safetensors"),
            {name: Inputs.load(inputs / name / "test.safetensors") for name in TESTED},
            classifier.load(classifier_file),
        )

    @property
    def corrupted(self) -> dict[str, Inputs]:
        """The inputs but those under `none`, which are the test images as they are."""
        return {name: inputs for name, inputs in self.inputs.items() if name != "none"}

    @cached_property
    def verdicts(self) -> Tensor:
        """The class, uint8 (N,), that the classifier sees in each test image itself."""
        return self.classifier.classes(self.test.images)

    def scores(self, images: Tensor) -> Scores:
        """SCORES of what became of all test images, in their order: float32 (N, 1, 28, 28) or uint8 (N, 28, 28)."""
        return scores(images, self.test, self.verdicts, self.classifier)

    def restored(self, model: Model) -> dict[str, Scores]:
        """By corruption, SCORES of what a model makes of the corrupted test images."""
        return {name: self.scores(reconstruct(model, inputs.images)) for name, inputs in self.corrupted.items()}
