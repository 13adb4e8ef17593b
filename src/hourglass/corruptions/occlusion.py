"""Occlusion by a black square."""

from torch import Generator, Tensor

from hourglass.corruptions.base import OCCLUSION, corruption, occlude


@corruption("occlusion", test_order=2, occlusion=OCCLUSION)
def occlusion(images: Tensor, generator: Generator, occlusion: int) -> Tensor:
    """Set a square of `occlusion` × `occlusion` pixels to black in each image, at a random position."""
    return occlude(images, generator, occlusion)
