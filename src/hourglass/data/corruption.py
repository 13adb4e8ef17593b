"""Corruptions of images in [0, 1]: a whole batch at a time, on the batch's own device, from a generator."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Corruption:
    """What is done to an image before a model sees it.

    name: one of CORRUPTIONS. sigma: standard deviation of the Gaussian noise, pixels in [0, 1]; 0 where the corruption
    has none. occlusion: side of the square in pixels; 0 where the corruption has none.
    """

    name: str
    sigma: float = 0.0
    occlusion: int = 0

    def apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Images (B, 1, H, W) in [0, 1] to as many corrupted ones in [0, 1]; the generator is on their device."""
        return CORRUPTIONS[self.name](self, images, generator)


def named(name: str, sigma: float, occlusion: int) -> Corruption:
    """The corruption of that name with the strengths that it uses."""
    return Corruption(
        name,
        sigma=sigma if "gaussian" in name else 0.0,
        occlusion=occlusion if "occlusion" in name else 0,
    )


def _none(corruption: Corruption, images: Tensor, generator: torch.Generator) -> Tensor:
    return images


def _gaussian(corruption: Corruption, images: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    return (images + corruption.sigma * noise).clamp(0, 1)


def _occlusion(corruption: Corruption, images: Tensor, generator: torch.Generator) -> Tensor:
    """A black square in every image, wholly inside it, every position equally likely."""
    height, width = images.shape[-2:]
    rows = _inside(height, corruption.occlusion, len(images), generator)
    columns = _inside(width, corruption.occlusion, len(images), generator)
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    return images.masked_fill(hidden, 0.0)


def _inside(length: int, side: int, count: int, generator: torch.Generator) -> Tensor:
    """For each image, which of `length` rows (or columns) lie in a stretch of `side` of them: bool (count, length)."""
    start = torch.randint(length - side + 1, (count, 1), generator=generator, device=generator.device)
    position = torch.arange(length, device=generator.device)
    return (position >= start) & (position < start + side)


def _gaussian_occlusion(corruption: Corruption, images: Tensor, generator: torch.Generator) -> Tensor:
    """The square first, then noise over everything: the square does not shine through as a clean black patch."""
    return _gaussian(corruption, _occlusion(corruption, images, generator), generator)


CORRUPTIONS: dict[str, Callable[[Corruption, Tensor, torch.Generator], Tensor]] = {
    "none": _none,
    "gaussian": _gaussian,
    "occlusion": _occlusion,
    "gaussian_occlusion": _gaussian_occlusion,
}
