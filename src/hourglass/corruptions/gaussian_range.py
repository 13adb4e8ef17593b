"""Gaussian noise with a random standard deviation for each image."""

import torch
from torch import Generator, Tensor

from hourglass.corruptions.base import SIGMA, StrengthSpec, add_noise, corruption


@corruption(
    "Gaussian noise of many strengths",
    sigma_low=StrengthSpec(0.1, SIGMA.allowed),
    sigma_high=StrengthSpec(0.5, SIGMA.allowed),
)
def gaussian_range(images: Tensor, generator: Generator, sigma_low: float, sigma_high: float) -> Tensor:
    """Add Gaussian noise with a standard deviation from U(sigma_low, sigma_high) for each image; clip to [0, 1]."""
    uniform = torch.rand((len(images), 1, 1, 1), generator=generator, device=images.device)
    return add_noise(images, generator, sigma_low + (sigma_high - sigma_low) * uniform)
