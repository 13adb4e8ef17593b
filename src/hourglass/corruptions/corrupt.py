"""A whole set of images under a corruption, once and for all."""

import torch
from torch import Tensor

from hourglass.corruptions.corruption import Corruption
from hourglass.images import to_float, to_uint8

PART = 10_000  # images


def corrupted(images: Tensor, corruption: Corruption, draw: torch.Generator) -> Tensor:
    """uint8 images (N, 28, 28) to as many corrupted ones."""
    return torch.cat([to_uint8(corruption.apply(to_float(part), draw)) for part in images.split(PART)])
