"""What every variant is measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import Tensor

from hourglass import judge
from hourglass.data import TESTED, Images, Inputs
from hourglass.evaluation.scores import scores
from hourglass.judge import Judge
from hourglass.models import Model, reconstruct
from hourglass.records import Scores


@dataclass(frozen=True)
class Testbed:
    """The images, the test images once more under every corruption, `none` included, and the judge."""

    train: Images
    test: Images
    inputs: Mapping[str, Inputs]
    judge: Judge

    @classmethod
    def load(cls, images: Path, inputs: Path, judge_file: Path) -> "Testbed":
        """From the folders of clean and of corrupted images. Raises UserError where a file is missing or damaged."""
        return cls(
            Images.load(images / "train.safetensors"),
            Images.load(images / "test.safetensors"),
            {name: Inputs.load(inputs / name / "test.safetensors") for name in TESTED},
            judge.load(judge_file),
        )

    @property
    def corrupted(self) -> dict[str, Inputs]:
        """The inputs but those under `none`, which are the test images as they are."""
        return {name: inputs for name, inputs in self.inputs.items() if name != "none"}

    @cached_property
    def verdicts(self) -> Tensor:
        """The class, uint8 (N,), that the judge sees in each test image itself."""
        return self.judge.classes(self.test.images)

    def scores(self, images: Tensor) -> Scores:
        """SCORES of what became of all test images, in their order: float32 (N, 1, 28, 28) or uint8 (N, 28, 28)."""
        return scores(images, self.test, self.verdicts, self.judge)

    def restored(self, model: Model) -> dict[str, Scores]:
        """By corruption, SCORES of what a model makes of the corrupted test images."""
        return {name: self.scores(reconstruct(model, inputs.images)) for name, inputs in self.corrupted.items()}
