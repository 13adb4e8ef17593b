"""The user's own images in an .npz file of NumPy arrays, such as a MedMNIST file."""

import errno
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.lib import format as npy
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray
from PIL import Image

from hourglass.datasets.own_images import Indices, OwnImages, arrange, check_shape, describe
from hourglass.datasets.pixels import pixels
from hourglass.datasets.registry import OWN, Log
from hourglass.errors import UserError
from hourglass.files import scratch
from hourglass.images import COLOUR, GREY

FORMS = (
    {split: (f"{split}_images", f"{split}_labels") for split in ("train", "val", "test")},
    {split: (f"x_{split}", f"y_{split}") for split in ("train", "val", "test")},
    {"train": ("images", "labels")},
)
"""Supported naming schemes: names of the image and label arrays, keyed by split. Only training images are required."""
DAMAGED = (BadZipFile, ValueError, OSError, EOFError, KeyError, zlib.error, NotImplementedError)


@dataclass(frozen=True, eq=False, kw_only=True)
class NumpyFile(OwnImages):
    """An .npz file of the user's own images: arrays (N, H, W) or (N, H, W, C), and optionally one label per image."""

    names: tuple[str, ...]  # of the image arrays
    size: int | None

    @cached_property
    def _stored(self) -> NDArray[np.uint8]:
        """Images (N, H, W, C) of all splits, before resizing."""
        with _open(self.path) as archive:
            shapes = [_shape(self.path, archive, name) for name in self.names]
            stored = scratch((sum(shape[0] for shape in shapes), *shapes[0][1:])).numpy()
            ends = np.cumsum([shape[0] for shape in shapes])
            for name, images in zip(self.names, np.split(stored, ends[:-1]), strict=True):
                _read(archive, name, images)
        return stored

    def read(self, indices: Indices) -> NDArray[np.uint8]:
        """Return the images (N, C, H, W) at `indices`, resized and cropped to `size` × `size` unless `size` is None."""
        images = scratch((len(indices), *self.shape)).numpy()
        square = None if self.size is None else (self.size, self.size)
        for image, index in zip(images, indices, strict=True):
            stored = self._stored[index]
            picture = Image.fromarray(stored.squeeze(-1) if stored.shape[-1] == GREY else stored)
            image[...] = pixels(picture, self.shape[0], square)
        return images


def inspect(path: Path, size: int | None, channels: int | None, log: Log) -> NumpyFile:
    """Inspect the images in an .npz file, and return them as a data set. Only the labels and array shapes are read.

    Args:
        path: .npz file.
        size: side in pixels of the square to which images are resized and cropped, or None to keep their size.
        channels: 1 for greyscale or 3 for colour. None keeps the number of channels in the file.
        log: function that receives lines of text about the images.

    Raises:
        UserError: if the images cannot be used.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    if not is_zipfile(path):
        raise UserError(f"{path}: not an .npz file; numpy.savez writes one")
    with _open(path) as archive:
        names = _names(path, archive)
        shapes = {split: _shape(path, archive, images) for split, (images, _) in names.items()}
        labels = [_labels(path, archive, *names[split], shapes[split][0]) for split in names]
    values, numbers = np.unique(np.concatenate(labels), return_inverse=True)
    ends = np.cumsum([len(part) for part in labels])
    by_split = dict(zip(names, np.split(numbers.astype(np.int64), ends[:-1]), strict=True))
    for split, shape in shapes.items():
        part = split if len(shapes) > 1 else "all"
        kinds = f"{len(values)} classes" if len(values) > 1 else "without classes"
        log(f"{part}: {shape[0]:,} images of {'×'.join(map(str, shape[1:]))}, {kinds}")
    if len({shape[1:] for shape in shapes.values()}) > 1:
        raise UserError(f"{path}: {' and '.join(pair[0] for pair in names.values())} have different shapes")
    arranged = arrange(path, [str(value) for value in values], by_split)
    _, height, width, stored = next(iter(shapes.values()))
    about = describe(path, "npz", (channels or stored, *check_shape(path, [(width, height)], size)), arranged)
    return NumpyFile(**about, names=tuple(pair[0] for pair in names.values()), size=size)


OWN["npz"] = inspect


def images(path: Path) -> dict[str, NDArray[np.uint8]]:
    """Return all image arrays (N, H, W, C) in an .npz file, keyed by name. Raises UserError if there are none."""
    with _open(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    grey = {name: array[..., None] for name, array in arrays.items() if array.ndim == 3}
    found = {
        name: array
        for name, array in (arrays | grey).items()
        if array.dtype == np.uint8 and array.ndim == 4 and array.shape[-1] in (GREY, COLOUR)
    }
    if not found:
        raise UserError(f"{path}: no array of images, which are uint8 of shape N×H×W or N×H×W×3")
    return found


@contextmanager
def _open(path: Path) -> Iterator[NpzFile]:
    """Open an .npz file. An error in the `with` block that indicates a damaged file is raised as a UserError."""
    try:
        archive = np.load(path, allow_pickle=False)  # noqa: TID251  the user's file, in which no pickle is read
        assert isinstance(archive, NpzFile)
        with archive:
            yield archive
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{path}: not a valid .npz file ({reason})") from None


def _names(path: Path, archive: NpzFile) -> Mapping[str, tuple[str, str]]:
    """Return the names of the image and label arrays in an .npz file, keyed by split."""
    for form in FORMS:
        if form["train"][0] in archive:
            return {split: pair for split, pair in form.items() if pair[0] in archive}
    expected = ", ".join(f"{form['train'][0]} and {form['train'][1]}" for form in FORMS)
    raise UserError(f"{path}: arrays are {', '.join(archive.files) or 'missing'}; expected {expected}")


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Read the header of an open .npy file. Return the array's shape, whether it is in Fortran order, and its dtype."""
    read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[npy.read_magic(file)]
    return read(file)


def _shape(path: Path, archive: NpzFile, name: str) -> tuple[int, int, int, int]:
    """Read only the shape (N, H, W, C) of an image array, not its pixels. Raises UserError if the array is invalid."""
    assert archive.zip is not None
    with archive.zip.open(f"{name}.npy") as file:
        shape, _, dtype = _header(file)
    full = (*shape, GREY) if len(shape) == 3 else shape
    if dtype != np.uint8 or len(full) != 4 or full[-1] not in (GREY, COLOUR) or not all(full):
        expected = "must be uint8 of shape N×H×W or N×H×W×3"
        raise UserError(f"{path}: {name} is {dtype} of shape {'×'.join(map(str, shape)) or '()'}; {expected}")
    return full


def _read(archive: NpzFile, name: str, images: NDArray[np.uint8]) -> None:
    """Copy the array `name` to `images` (N, H, W, C). An array in C order is copied image by image to save memory."""
    assert archive.zip is not None
    with archive.zip.open(f"{name}.npy") as file:
        _, fortran_order, _ = _header(file)
        if fortran_order:
            images[...] = archive[name].reshape(images.shape)
            return
        for image in images:
            image[...] = np.frombuffer(file.read(image.nbytes), np.uint8).reshape(image.shape)


def _labels(path: Path, archive: NpzFile, images: str, name: str, count: int) -> NDArray[np.generic]:
    """Return the labels (N,) in the array `name` of shape (N,) or (N, 1), or zeros if there is no such array.

    `images` is the name of the image array, for messages, and `count` the number N of its images. Raises UserError if
    the labels are neither integers nor text, or if their number is not `count`.
    """
    labels = archive[name] if name in archive else np.zeros(count, np.uint8)
    if labels.size != count or labels.shape[:1] != (count,) or labels.dtype.kind not in "biuUS":
        described = f"{labels.dtype} of shape {'×'.join(map(str, labels.shape)) or '()'}"
        raise UserError(f"{path}: {name} is {described}; must be one integer or text for each of {count:,} {images}")
    return np.asarray(labels.ravel())
