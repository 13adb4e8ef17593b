"""Images and classifier for the evaluation of all models."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from torch import Tensor

from hourglass import classifier
from hourglass.classifier import Classifier
from hourglass.corruptions import TESTED, CorruptedImages
from hourglass.files import load_tensors
from hourglass.images import Images
from hourglass.metrics import RECONSTRUCTION, Reconstructions


@dataclass(frozen=True)
class EvaluationData:
    """Images and classifier for the evaluation of all models.

    Attributes:
        train: clean training images.
        test: clean test images.
        inputs: test images under each tested corruption, including `none`, keyed by corruption.
        classifier: classifier trained on the training images.
        outliers: outlier images, uint8 (L, C, H, W), keyed by kind of outlier (see `metrics.OUTLIERS`).
    """

    train: Images
    test: Images
    inputs: Mapping[str, CorruptedImages]
    classifier: Classifier
    outliers: Mapping[str, Tensor] = field(default_factory=dict)

    @classmethod
    def load(cls, images: Path, inputs: Path, classifier_file: Path, outliers: Path) -> "EvaluationData":
        """Load all evaluation data from files.

        Args:
            images: folder of the clean images, `train.safetensors` and `test.safetensors`.
            inputs: folder with one subfolder per corruption, which contains the corrupted images.
            classifier_file: safetensors file of the classifier.
            outliers: safetensors file of the outliers.

        Raises:
            UserError: if a file is missing or damaged.
        """
        train, test = (Images.load(images / f"{split}.safetensors") for split in ("train", "test"))
        corrupted = {name: CorruptedImages.load(inputs / name / "test.safetensors") for name in TESTED}
        tensors, _ = load_tensors(outliers, "preprocess-noise")
        return cls(train, test, corrupted, classifier.load(classifier_file, test), tensors)

    @property
    def corrupted(self) -> dict[str, CorruptedImages]:
        """Test images under each tested corruption except `none`, keyed by corruption."""
        return {name: inputs for name, inputs in self.inputs.items() if name != "none"}

    @cached_property
    def predictions(self) -> Tensor:
        """Predicted class of each clean test image, uint8 (N,)."""
        return self.classifier.predict(self.test.images)

    def reconstructions(self, images: Tensor) -> Reconstructions:
        """Combine reconstructions (N, C, H, W) of all test images, float32 or uint8, with their predicted classes."""
        return Reconstructions(images, self.test, self.classifier.predict(images), self.predictions)

    def scores(self, images: Tensor) -> dict[str, int | float]:
        """Score reconstructions (N, C, H, W) of all test images, float32 or uint8. Return the metrics keyed by name."""
        scores = RECONSTRUCTION.scores(self.reconstructions(images), labelled=self.test.labelled)
        return {key: score.value for key, score in scores.items()}
