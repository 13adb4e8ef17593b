"""Registry of image corruptions, storage of corrupted images, and functions shared by several corruptions."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field as Setting
from torch import Tensor

from hourglass.files import join, load_tensors, parsing_metadata, save_tensors
from hourglass.images import (
    RESTORE,
    STAGE,
    Images,
    to_float,
    to_uint8,
    validated_images,
    without_grey_axis,
)
from hourglass.randomness import generator as make_generator

CHUNK = 10_000  # images corrupted at once; random numbers depend on it


@dataclass(frozen=True)
class StrengthSpec:
    """Default value and valid range of a strength parameter, such as `noise.sigma` in params.yaml."""

    default: float  # if params.yaml does not set the key
    allowed: Any  # type with limits, as a pydantic annotation


SIGMA = StrengthSpec(0.3, Annotated[float, Setting(gt=0, allow_inf_nan=False)])  # standard deviation, pixels in [0, 1]
OCCLUSION = StrengthSpec(12, Annotated[int, Setting(ge=1, le=1024)])  # side of the black square, pixels


@dataclass(frozen=True)
class CorruptionKind:
    """A registered corruption.

    `function` takes images (B, C, H, W) in [0, 1], a generator on the same device, and the strengths as keyword
    arguments. It returns corrupted images in [0, 1]. Every model is evaluated on the corruptions with a finite
    `test_order`, in ascending order.
    """

    description: str  # used in sentences and headings
    function: Callable[..., Tensor]
    strengths: Mapping[str, StrengthSpec]  # keyed by name in params.yaml
    test_order: float  # infinite if for training only


CORRUPTIONS: dict[str, CorruptionKind] = {}
"""All corruptions, keyed by module name."""


def corruption(
    description: str, test_order: float = math.inf, **strengths: StrengthSpec
) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Return a decorator that registers a function as a corruption, under the name of its module.

    The function takes images (B, C, H, W) in [0, 1], a generator, and the strengths as keyword arguments. It returns
    corrupted images in [0, 1]. `description` is used in sentences and headings. Models are evaluated on corruptions
    with a finite `test_order`, in ascending order. `strengths` are keyed by name in params.yaml.

    Example:
        >>> @corruption("salt and pepper noise", fraction=StrengthSpec(0.1, float))
        ... def salt_and_pepper(images, generator, fraction): ...
    """

    def register(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        name = function.__module__.rpartition(".")[2]
        CORRUPTIONS[name] = CorruptionKind(description, function, strengths, test_order)
        return function

    return register


@dataclass(frozen=True, init=False)
class Corruption:
    """A corruption with a value for each of its strength parameters.

    Example:
        >>> noisy = Corruption("gaussian", sigma=0.3).apply(images, generator)
    """

    name: str
    strengths: Mapping[str, float]

    def __init__(self, name: str, **strengths: float) -> None:
        """Create a corruption. Raises ValueError if its name is unknown, or if strengths are missing or unexpected."""
        if name not in CORRUPTIONS:
            raise ValueError(f"unknown corruption {name!r}; known are {', '.join(CORRUPTIONS)}")
        if strengths.keys() != CORRUPTIONS[name].strengths.keys():
            raise ValueError(f"{name} has the strengths {sorted(CORRUPTIONS[name].strengths)}, not {sorted(strengths)}")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "strengths", strengths)

    @classmethod
    def of(cls, name: str, strengths: Mapping[str, float]) -> "Corruption":
        """Create a corruption from `strengths`, which may also contain the strengths of other corruptions."""
        return cls(name, **{key: strengths[key] for key in CORRUPTIONS[name].strengths})

    def apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Apply the corruption to images (B, C, H, W) in [0, 1]. The generator must be on the device of the images."""
        return CORRUPTIONS[self.name].function(images, generator, **self.strengths)


def corrupt(images: Tensor, corruption: Corruption, generator: torch.Generator) -> Tensor:
    """Apply a corruption to uint8 images (N, C, H, W). Return uint8 images of the same shape."""
    return join((to_uint8(corruption.apply(to_float(part), generator)) for part in images.split(CHUNK)), len(images))


@dataclass(frozen=True)
class CorruptedImages:
    """Corrupted images, uint8 (N, C, H, W), and the corruption that was applied."""

    images: Tensor
    corruption: Corruption

    def save(self, path: Path) -> None:
        """Write the images atomically to a safetensors file, with the corruption in its header."""
        about = json.dumps({"name": self.corruption.name, **self.corruption.strengths})
        save_tensors(path, {"images": without_grey_axis(self.images)}, corruption=about)

    @classmethod
    def load(cls, path: Path) -> "CorruptedImages":
        """Load corrupted images from a file written by `save`. Raises UserError if the file is missing or invalid."""
        tensors, header = load_tensors(path, STAGE, "images", "corruption")
        with parsing_metadata(path, STAGE):
            corruption = Corruption(**json.loads(header["corruption"]))
        return cls(validated_images(tensors["images"], path, RESTORE), corruption)


@dataclass(frozen=True)
class TrainingInputs:
    """Training and test images, uint8 (N, C, H, W), to which a model's training corruption has been applied."""

    corruption: Corruption
    train: Tensor
    test: Tensor

    @classmethod
    def of(cls, train: Images, test: CorruptedImages, seed: int) -> "TrainingInputs":
        """Create an instance from corrupted test images by corrupting clean training images in the same way."""
        corruption, inputs = test.corruption, train.images
        if corruption.name != "none":
            inputs = corrupt(inputs, corruption, make_generator(seed, "inputs", "train", corruption.name))
        return cls(corruption, inputs, test.images)

    @property
    def clean(self) -> bool:
        """Whether the images are clean, that is, the corruption is `none`."""
        return self.corruption.name == "none"


def add_noise(images: Tensor, generator: torch.Generator, sigma: float | Tensor) -> Tensor:
    """Add Gaussian noise and clip to [0, 1]. The standard deviation `sigma` is a number or a tensor (B, 1, 1, 1)."""
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    return noise.mul_(sigma).add_(images).clamp_(0, 1)


def occlude(images: Tensor, generator: torch.Generator, side: int) -> Tensor:
    """Set a square of `side` × `side` pixels to black in each image (B, C, H, W), at a uniformly random position."""
    masks = []
    for length in images.shape[-2:]:
        start = torch.randint(length - side + 1, (len(images), 1), generator=generator, device=generator.device)
        position = torch.arange(length, device=generator.device)
        masks.append((position >= start) & (position < start + side))
    rows, columns = masks
    return images.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0.0)
