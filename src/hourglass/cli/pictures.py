"""Functions that read pictures as images of a given shape, and write images as PNG files."""

import gzip
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from hourglass.datasets import idx, npz
from hourglass.datasets.folder import files_below, in_parallel, open_picture, picture_files
from hourglass.datasets.own_images import listed
from hourglass.datasets.pixels import pixels, upright_size
from hourglass.errors import UserError
from hourglass.files import replacing, scratch
from hourglass.images import COLOUR, GREY, Images, Shape, to_uint8

IDX, GZIP = bytes([0, 0, idx.UNSIGNED_BYTE, 3]), b"\x1f\x8b"  # first bytes of a file of images, and of a compressed one


@dataclass(frozen=True)
class Pictures:
    """Images, uint8 (N, C, H, W), and one name per image.

    A picture in a folder is named by its path relative to the folder, and a single picture by its file name. Images in
    an array file are named `<file>/<index>`, or `<file>/<array>/<index>` for .npz files.
    """

    names: list[str]
    images: Tensor


def log(line: str) -> None:
    """Print a line to stderr, so that the standard output of a command can be piped."""
    print(line, file=sys.stderr)


def read(paths: Sequence[str], shape: Shape) -> Pictures:
    """Read pictures and convert them to images of the given shape.

    The EXIF orientation is applied, transparent areas become white, and colours are converted to the given number of
    channels. Pictures of other sizes are cropped centrally if their aspect ratio differs, and then resized.

    Args:
        paths: folders (read recursively), picture files, glob patterns, or .npz, IDX or .safetensors files.
        shape: channels, height and width.

    Raises:
        UserError: if a path does not exist or contains no pictures, or if a picture cannot be read.
    """
    found = [path for text in paths for path in _expand(text)]
    parts = []
    for together, group in groupby(found, _is_picture):  # many pictures, as of a pattern, are decoded in parallel
        files = list(group)
        if together:
            folder = Path(os.path.commonpath([file.parent for file in files]))
            parts.append(_read_files(files, folder, [file.name for file in files], shape))
        else:
            parts += [_read(path, shape) for path in files]
    names = [name for part in parts for name in part.names]
    images = parts[0].images if len(parts) == 1 else torch.cat([part.images for part in parts])
    return Pictures(names, images)


def _expand(text: str) -> list[Path]:
    path = Path(text)
    if path.exists():
        return [path]
    if found := sorted(map(Path, glob(text, recursive=True))):
        return found
    raise UserError(f"{text}: no such file or folder")


def _is_picture(path: Path) -> bool:
    if not path.is_file() or path.suffix in (".npz", ".safetensors"):
        return False
    with path.open("rb") as file:
        return not file.read(len(IDX)).startswith((IDX, GZIP))


def _read(path: Path, shape: Shape) -> Pictures:
    if path.suffix == ".npz":
        arrays = [(f"{path.name}/{name}", array) for name, array in npz.images(path).items()]
    elif path.suffix == ".safetensors":
        arrays = [(path.name, _prepared(path))]
    elif path.is_file():
        arrays = [(path.name, _idx(path))]
    else:
        files = picture_files(sorted(files_below(path)))
        if not files:
            raise UserError(f"{path}: no pictures")
        return _read_files(files, path, [file.relative_to(path).as_posix() for file in files], shape)
    names = [f"{name}/{index}" for name, array in arrays for index in range(len(array))]
    return Pictures(names, torch.cat([_converted(array, shape, path) for _, array in arrays]))


def _prepared(path: Path) -> NDArray[np.uint8]:
    """Return the images (N, H, W, C) in a safetensors file written by the stage `preprocess-noise`."""
    try:
        return Images.load(path).images.permute(0, 2, 3, 1).numpy()
    except UserError:
        raise UserError(f"{path}: not a file of images") from None


def _idx(path: Path) -> NDArray[np.uint8]:
    """Return the greyscale images (N, H, W, 1) in an IDX file, which may be gzip-compressed."""
    try:
        content = path.read_bytes()
        if content.startswith(GZIP):
            content = gzip.decompress(content)
        if not content.startswith(IDX):
            raise ValueError("it has no images")
        return idx.parse(content)[..., None]
    except (OSError, EOFError, ValueError) as error:
        raise UserError(f"{path}: not a valid IDX file ({error})") from None


def _converted(array: NDArray[np.uint8], shape: Shape, path: Path) -> Tensor:
    """Convert an array (N, H, W, C) to images (N, C, H, W) of the given shape, resized if necessary."""
    channels, height, width = shape
    if array.shape[1:] == (height, width, channels):
        return torch.from_numpy(np.ascontiguousarray(np.moveaxis(array, -1, 1)))
    log(f"{path}: {len(array):,} images of {'×'.join(map(str, array.shape[1:]))} {_rule(shape)}")
    images = scratch((len(array), *shape))
    for image, stored in zip(images.numpy(), array, strict=True):
        image[...] = pixels(_pillow(stored), channels, (width, height))
    return images


def _read_files(files: Sequence[Path], folder: Path, names: list[str], shape: Shape) -> Pictures:
    channels, height, width = shape
    images = scratch((len(files), *shape))
    sizes: Counter[str] = Counter()

    def decode(place: int) -> None:
        with open_picture(files[place]) as picture:
            size = upright_size(picture)
            images[place] = torch.from_numpy(np.array(pixels(picture, channels, (width, height))))
            if size != (width, height):
                sizes[f"{size[0]}×{size[1]}"] += 1

    in_parallel(decode, range(len(files)), folder, files, log)
    if sizes:
        resized = f"{sum(sizes.values()):,} of {len(files):,} pictures, {listed(list(sizes))} pixels"
        log(f"{folder}: {resized}, {_rule(shape)}")
    return Pictures(names, images)


def _rule(shape: Shape) -> str:
    channels, height, width = shape
    kind = {GREY: "grey", COLOUR: "colour"}[channels]
    return f"were resized and cropped to {width}×{height} pixels, {kind}"


def save(images: Tensor, names: Sequence[str], folder: Path) -> None:
    """Write images (N, C, H, W), uint8 or float in [0, 1], as PNG files in a folder, one per name.

    Raises UserError if two files would have the same name, or if a file would be outside the folder.
    """
    files = [(folder / name).with_suffix(".png") for name in names]
    root = folder.resolve()
    if outside := [name for name, file in zip(names, files, strict=True) if not file.resolve().is_relative_to(root)]:
        raise UserError(f"not inside {folder}: {listed(outside)}")
    if twice := [str(file) for file, number in Counter(files).items() if number > 1]:
        raise UserError(f"several images would become {listed(twice)}; rename the pictures")
    for file, image in zip(files, images, strict=True):
        with replacing(file) as part:
            picture(image).save(part)


def picture(image: Tensor) -> Image.Image:
    """Convert an image (C, H, W), uint8 or float in [0, 1], to a Pillow image."""
    array = np.moveaxis((image if image.dtype == torch.uint8 else to_uint8(image)).numpy(), 0, -1)
    return _pillow(np.ascontiguousarray(array))


def _pillow(array: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(array.squeeze(-1) if array.shape[-1] == GREY else array)
