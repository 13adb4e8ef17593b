"""Images as they are."""

import torch
from torch import Tensor

from hourglass.corruptions.base import CorruptionKind


def clean(images: Tensor, generator: torch.Generator) -> Tensor:
    """The images."""
    return images


CORRUPTION = CorruptionKind("nothing", clean)
