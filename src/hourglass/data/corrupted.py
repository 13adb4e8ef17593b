"""A whole set of images under a corruption, once and for all."""

import torch
from torch import Tensor

from hourglass.data.corruption import Corruption
from hourglass.data.images import as_input, as_stored

PART = 10_000  # images


def corrupted(images: Tensor, corruption: Corruption, draw: torch.Generator) -> Tensor:
    """uint8 images (N, 28, 28) to as many corrupted ones."""
    return torch.cat([as_stored(corruption.apply(as_input(part), draw)) for part in images.split(PART)])
