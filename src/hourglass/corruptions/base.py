"""What a corruption is, and what more than one is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import torch
from pydantic import Field as Setting
from torch import Tensor

SIDE = 28


@dataclass(frozen=True)
class Strength:
    """A number that says how strong a corruption is: a key of `noise` in params.yaml.

    default: where params.yaml has no such key. allowed: type and limits, as pydantic has them.
    """

    default: float
    allowed: Any


@dataclass(frozen=True)
class CorruptionKind:
    """One way to corrupt images.

    words: as sentences and headings name it. function: images (B, 1, H, W) in [0, 1], a generator on their device and
    the strengths, by name, to as many corrupted images in [0, 1]. strengths: by their keys in params.yaml.
    """

    words: str
    function: Callable[..., Tensor]
    strengths: Mapping[str, Strength] = field(default_factory=dict)


# standard deviation of the noise, pixels in [0, 1]
SIGMA = Strength(0.3, Annotated[float, Setting(gt=0, allow_inf_nan=False)])
# side of the black square, pixels
OCCLUSION = Strength(12, Annotated[int, Setting(ge=1, le=SIDE)])


def noisy(images: Tensor, generator: torch.Generator, sigma: float) -> Tensor:
    """Gaussian noise on every pixel, clipped to [0, 1]."""
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    return (images + sigma * noise).clamp(0, 1)


def occluded(images: Tensor, generator: torch.Generator, occlusion: int) -> Tensor:
    """A black square in every image, wholly inside it, every position equally likely."""
    height, width = images.shape[-2:]
    rows = _inside(height, occlusion, len(images), generator)
    columns = _inside(width, occlusion, len(images), generator)
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    return images.masked_fill(hidden, 0.0)


def _inside(length: int, side: int, count: int, generator: torch.Generator) -> Tensor:
    """For each image, which of `length` rows (or columns) lie in a stretch of `side` of them: bool (count, length)."""
    start = torch.randint(length - side + 1, (count, 1), generator=generator, device=generator.device)
    position = torch.arange(length, device=generator.device)
    return (position >= start) & (position < start + side)
