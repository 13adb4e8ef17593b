"""A corruption with its strengths: a whole batch at a time, on the batch's own device, from a generator."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.corruptions import CORRUPTIONS


@dataclass(frozen=True, init=False)
class Corruption:
    """What is done to an image before a model sees it.

    name: one of CORRUPTIONS. strengths: the numbers that this one has, such as {"sigma": 0.3}.
    """

    name: str
    strengths: Mapping[str, float]

    def __init__(self, name: str, **strengths: float) -> None:
        """`Corruption("gaussian", sigma=0.3)`. Raises ValueError where these are not the strengths that it has."""
        if strengths.keys() != CORRUPTIONS[name].strengths.keys():
            raise ValueError(f"{name} has the strengths {sorted(CORRUPTIONS[name].strengths)}, not {sorted(strengths)}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "strengths", strengths)

    @classmethod
    def of(cls, name: str, strengths: Mapping[str, float]) -> "Corruption":
        """The corruption of that name with its own of the strengths that all corruptions have."""
        return cls(name, **{key: strengths[key] for key in CORRUPTIONS[name].strengths})

    def apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Images (B, 1, H, W) in [0, 1] to as many corrupted ones in [0, 1]; the generator is on their device."""
        return CORRUPTIONS[self.name].function(images, generator, **self.strengths)
