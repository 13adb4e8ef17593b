"""Inspect the user's own images: `python -m hourglass.datasets PATH --size 64` or `make images`."""

import argparse
from math import prod
from pathlib import Path

from hourglass import signals
from hourglass.corruptions import CORRUPTIONS
from hourglass.datasets import find
from hourglass.datasets.own_images import LARGEST_SIDE, SMALLEST_SIDE, OwnImages, check_number
from hourglass.errors import UserError

# measured on images of 32×32×3; further images stay on disk
STAGE_MEMORY, COPIES = 0.6e9, 25  # bytes of a stage without images, and further bytes per byte of images
IN_MEMORY = 10_000  # images
OTHER_FILES = 0.3e9  # bytes of models, figures and reconstructions


def main() -> None:
    """Read all images at the given path. Print their number and shape, and the memory and disk space a run needs."""
    parser = argparse.ArgumentParser("python -m hourglass.datasets", description="Inspect your own images.")
    parser.add_argument("path", type=Path, help="a folder whose sub-folders are classes, or an .npz file")
    parser.add_argument("--size", type=int, help="side in pixels to which images are resized and cropped")
    parser.add_argument("--channels", type=int, choices=(1, 3), help="1 converts images to grey, 3 to colour")
    options = parser.parse_args()
    if options.size is not None and not SMALLEST_SIDE <= options.size <= LARGEST_SIDE:
        raise UserError(f"SIZE is {options.size}; must be from {SMALLEST_SIDE} to {LARGEST_SIDE}")
    images = find("npz" if options.path.is_file() else "folder", options.path, options.size, options.channels)
    assert isinstance(images, OwnImages)
    images.load()
    check_number(images)
    train, test = (count * prod(images.shape) for count in (images.training_images, images.test_images))
    # images, prepared images and corrupted test images, all of them also in DVC's cache
    disk = OTHER_FILES + 2 * (2 * (train + test) + len(CORRUPTIONS) * test)
    shape = "×".join(map(str, images.shape))
    print(f"{images.training_images:,} training and {images.test_images:,} test images of {shape}")
    count = min(images.training_images + images.test_images, IN_MEMORY)
    memory = (STAGE_MEMORY + COPIES * count * prod(images.shape)) / 1e9
    print(f"a run needs about {memory:.1f} GB of memory per stage and {disk / 1e9:.1f} GB of disk space")


if __name__ == "__main__":
    signals.install_handlers()
    main()
