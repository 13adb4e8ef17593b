"""Occlusion by a black square, followed by Gaussian noise on the whole image, including the square."""

from torch import Generator, Tensor

from hourglass.corruptions.base import OCCLUSION, SIGMA, add_noise, corruption, occlude


@corruption("noise and occlusion", test_order=3, sigma=SIGMA, occlusion=OCCLUSION)
def gaussian_occlusion(images: Tensor, generator: Generator, sigma: float, occlusion: int) -> Tensor:
    """Set a randomly placed square to black in each image, add Gaussian noise to every pixel, and clip to [0, 1]."""
    return add_noise(occlude(images, generator, occlusion), generator, sigma)
