"""Gaussian noise."""

from torch import Generator, Tensor

from hourglass.corruptions.base import SIGMA, add_noise, corruption


@corruption("Gaussian noise", test_order=1, sigma=SIGMA)
def gaussian(images: Tensor, generator: Generator, sigma: float) -> Tensor:
    """Add Gaussian noise with standard deviation `sigma` to every pixel, and clip the result to [0, 1]."""
    return add_noise(images, generator, sigma)
