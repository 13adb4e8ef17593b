"""Occlusion by a black square, followed by Gaussian noise on the whole image, including the square."""

from torch import Generator, Tensor

from hourglass.corruptions.base import OCCLUSION, SIGMA, add_noise, corruption, occlude


@corruption("noise and occlusion", test_order=3, sigma=SIGMA, occlusion=OCCLUSION)
def gaussian_occlusion(images: Tensor, generator: Generator, sigma: float, occlusion: int) -> Tensor:
    """Set a square in each image (B, C, H, W) to black, add Gaussian noise to all pixels, and clip to [0, 1].

    The position of the square is drawn at random for each image. `occlusion` is the side of the square in pixels.
    `sigma` is the standard deviation of the noise, for pixels in [0, 1].
    """
    return add_noise(occlude(images, generator, occlusion), generator, sigma)
