"""Training and test images for one model, both clean and with the training corruption."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from hourglass.corruptions import CorruptedImages, Corruption, corrupt
from hourglass.images import Images, Shape, shape_of
from hourglass.randomness import generator
from hourglass.settings.stage_configs import TrainConfig


@dataclass(frozen=True)
class TrainingData:
    """Clean training and test images, uint8 of shape (N, C, H, W), and the corresponding inputs of the model.

    If `inputs` is a corruption, it is applied to the images of every training batch when the batch is used.
    `validation` holds the inputs and the clean images of the validation set, or is None if there is none.
    """

    images: Tensor
    inputs: Tensor | Corruption  # a corruption is drawn again for every batch
    test_images: Tensor
    test_inputs: CorruptedImages
    validation: tuple[Tensor, Tensor] | None = None

    @classmethod
    def load(cls, config: TrainConfig, images: Path, inputs: Path) -> "TrainingData":
        """Load clean images and model inputs from the folders `images` and `inputs`.

        The inputs have the corruption that `config` selects. With `config.fresh_noise`, training inputs are not loaded
        but drawn for every batch. Raises UserError if a file is missing or damaged.
        """
        train, test = (Images.load(images / f"{split}.safetensors").images for split in ("train", "test"))
        folder = inputs / config.corruption
        if config.fresh_noise:
            drawn = Corruption(config.corruption, **config.strengths)
            return cls(train, drawn, test, CorruptedImages.load(folder / "test.safetensors"))
        fixed, test_inputs = (CorruptedImages.load(folder / f"{split}.safetensors") for split in ("train", "test"))
        return cls(train, fixed.images, test, test_inputs)

    @property
    def shape(self) -> Shape:
        """Channels, height and width of each image."""
        return shape_of(self.images)

    def hold_out(self, count: int, seed: int) -> "TrainingData":
        """Return a copy with `count` random training images moved to a validation set, or `self` if `count` is 0.

        The noise of the validation set is drawn once, even if training draws new noise for every batch.
        """
        if not count:
            return self
        order = torch.randperm(len(self.images), generator=generator(seed, "validation"))
        held_out, rest = order[:count].sort().values, order[count:].sort().values
        images = self.images[held_out]
        if isinstance(self.inputs, Tensor):
            inputs = self.inputs[held_out]
            return replace(self, images=self.images[rest], inputs=self.inputs[rest], validation=(inputs, images))
        inputs = corrupt(images, self.inputs, generator(seed, "validation", self.inputs.name))
        return replace(self, images=self.images[rest], validation=(inputs, images))

    def to(self, device: torch.device) -> "TrainingData":
        """Return a copy with all images on `device`, so that batches need no transfer."""
        inputs = self.inputs.to(device) if isinstance(self.inputs, Tensor) else self.inputs
        test_inputs = CorruptedImages(self.test_inputs.images.to(device), self.test_inputs.corruption)
        validation = self.validation and (self.validation[0].to(device), self.validation[1].to(device))
        return TrainingData(self.images.to(device), inputs, self.test_images.to(device), test_inputs, validation)
