"""What one variant is given: the images under the corruption that it is trained on."""

from dataclasses import dataclass

from torch import Tensor

from hourglass.corruptions.corrupt import corrupted
from hourglass.corruptions.corrupted_images import Inputs
from hourglass.corruptions.corruption import Corruption
from hourglass.images import Images
from hourglass.randomness import generator


@dataclass(frozen=True)
class TrainingInputs:
    """Training and test images under a corruption, uint8 (N, 28, 28) and (M, 28, 28)."""

    corruption: Corruption
    train: Tensor
    test: Tensor

    @classmethod
    def of(cls, train: Images, test: Inputs, seed: int) -> "TrainingInputs":
        """The training images under the corruption of these test images, drawn once from the seed."""
        name = test.corruption.name
        if name == "none":
            return cls(test.corruption, train.images, test.images)
        draw = generator(seed, "inputs", "train", name)
        return cls(test.corruption, corrupted(train.images, test.corruption, draw), test.images)

    @property
    def clean(self) -> bool:
        """Whether these are the images as they are."""
        return self.corruption.name == "none"
