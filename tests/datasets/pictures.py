"""Folders of small pictures."""

from pathlib import Path

import numpy as np
from PIL import Image

GENERATOR = np.random.default_rng(0)


def noise(width: int, height: int, channels: int = 3) -> Image.Image:
    """Return a picture of random pixels."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return Image.fromarray(GENERATOR.integers(0, 256, shape, np.uint8))


def write_classes(
    folder: Path, *classes: str, each: int = 5, size: tuple[int, int] = (16, 16), channels: int = 3
) -> Path:
    """Write `each` PNG files per class, and return the folder."""
    for name in classes or ("cats", "dogs", "owls"):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            noise(*size, channels).save(folder / name / f"{number}.png")
    return folder
