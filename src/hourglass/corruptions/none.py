"""No corruption: images stay clean."""

from torch import Generator, Tensor

from hourglass.corruptions.base import corruption


@corruption("nothing", test_order=0)
def none(images: Tensor, generator: Generator) -> Tensor:
    """Return the images unchanged."""
    return images
