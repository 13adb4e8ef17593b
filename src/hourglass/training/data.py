"""Training and test images of one model, clean and under its training corruption."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.images import Images
from hourglass.settings.stage_configs import TrainConfig


@dataclass(frozen=True)
class TrainingData:
    """Images that a model is trained and tested on.

    Attributes:
        images: clean training images, uint8 (N, 28, 28).
        inputs: corrupted copies of them, or a corruption to draw again for every batch.
        test_images: clean test images, uint8 (M, 28, 28).
        test_inputs: corrupted copies of them.
    """

    images: Tensor
    inputs: Tensor | Corruption
    test_images: Tensor
    test_inputs: CorruptedImages

    @classmethod
    def load(cls, config: TrainConfig, images: Path, inputs: Path) -> "TrainingData":
        """Read what stage preprocess-noise wrote to its two folders. Raises UserError if a file is missing."""
        train, test = (Images.load(images / f"{split}.safetensors").images for split in ("train", "test"))
        folder = inputs / config.corruption
        train_inputs: Tensor | Corruption = Corruption(config.corruption, **config.strengths)
        if not config.fresh_noise:
            train_inputs = CorruptedImages.load(folder / "train.safetensors").images
        return cls(train, train_inputs, test, CorruptedImages.load(folder / "test.safetensors"))

    def to(self, device: torch.device) -> "TrainingData":
        """Return a copy on a device, so that batches need no transfer."""
        inputs = self.inputs.to(device) if isinstance(self.inputs, Tensor) else self.inputs
        test_inputs = CorruptedImages(self.test_inputs.images.to(device), self.test_inputs.corruption)
        return TrainingData(self.images.to(device), inputs, self.test_images.to(device), test_inputs)
