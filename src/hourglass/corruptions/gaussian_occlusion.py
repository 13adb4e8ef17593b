"""Occlusion, then Gaussian noise over the whole image, so that the square is noisy too."""

from torch import Generator, Tensor

from hourglass.corruptions.base import OCCLUSION, SIGMA, add_noise, corruption, occlude


@corruption("noise and occlusion", test_order=3, sigma=SIGMA, occlusion=OCCLUSION)
def gaussian_occlusion(images: Tensor, generator: Generator, sigma: float, occlusion: int) -> Tensor:
    """Set a square at a random position to black, then add Gaussian noise to every pixel."""
    return add_noise(occlude(images, generator, occlusion), generator, sigma)
