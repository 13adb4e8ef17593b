"""A black square, then Gaussian noise over everything: the square does not shine through as a clean black patch."""

import torch
from torch import Tensor

from hourglass.corruptions.base import OCCLUSION, SIGMA, CorruptionKind, noisy, occluded


def noisy_and_occluded(images: Tensor, generator: torch.Generator, sigma: float, occlusion: int) -> Tensor:
    """The square first, then the noise."""
    return noisy(occluded(images, generator, occlusion), generator, sigma)


CORRUPTION = CorruptionKind("noise and occlusion", noisy_and_occluded, {"sigma": SIGMA, "occlusion": OCCLUSION})
