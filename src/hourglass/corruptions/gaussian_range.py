"""Gaussian noise of a strength that is drawn anew for every image."""

import torch
from torch import Tensor

from hourglass.corruptions.base import SIGMA, CorruptionKind, Strength


def noisy_over_a_range(images: Tensor, generator: torch.Generator, sigma_low: float, sigma_high: float) -> Tensor:
    """Noise on every pixel, clipped to [0, 1]; every strength between the two is equally likely for an image."""
    shape = (len(images), 1, 1, 1)
    sigma = sigma_low + (sigma_high - sigma_low) * torch.rand(shape, generator=generator, device=images.device)
    return (images + sigma * torch.randn(images.shape, generator=generator, device=images.device)).clamp(0, 1)


CORRUPTION = CorruptionKind(
    "Gaussian noise of many strengths",
    noisy_over_a_range,
    {"sigma_low": Strength(0.1, SIGMA.allowed), "sigma_high": Strength(0.5, SIGMA.allowed)},
)
