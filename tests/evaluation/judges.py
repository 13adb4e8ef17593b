"""Judges for tests."""

import torch
from torch import Tensor

from hourglass.classifier import Classifier


class Says(Classifier):
    """A classifier that sees the class which the first pixel names."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.nn.functional.one_hot((images[:, 0, 0, 0] * 255).round().long(), 10).float()
