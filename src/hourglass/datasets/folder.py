"""The user's own images in a folder, with one subfolder per class, or without subfolders if there are no classes."""

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from hourglass.datasets.own_images import Indices, OwnImages, arrange, check_shape, describe, listed, printable
from hourglass.datasets.pixels import has_colour, pixels, upright_size
from hourglass.datasets.registry import OWN, Log
from hourglass.errors import UserError
from hourglass.files import scratch
from hourglass.images import COLOUR, GREY, UNLABELLED

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
SPLITS = ("train", "val", "test")
THREADS = 8  # each holds one decoded picture
BATCH = 1000  # pictures whose tasks are in memory
SECONDS = 5.0  # between two lines of progress

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Header(NamedTuple):
    """Properties of a picture, read from its file without decoding the pixels."""

    size: tuple[int, int]  # width, height
    mode: str
    colour: bool
    animated: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class PictureFolder(OwnImages):
    """A folder of the user's own images, resized and cropped to `size` × `size` pixels unless `size` is None."""

    files: Sequence[Path] = field(repr=False)
    size: int | None

    def read(self, indices: Indices) -> NDArray[np.uint8]:
        """Decode the images (N, C, H, W) at `indices` in parallel. Raises UserError if an image cannot be decoded."""
        images = scratch((len(indices), *self.shape)).numpy()
        square = None if self.size is None else (self.size, self.size)

        def decode(place: int) -> None:
            with open_picture(self.files[indices[place]]) as picture:
                image = pixels(picture, self.shape[0], square)
            if image.shape != self.shape:
                raise ValueError("its size has changed")
            images[place] = image

        files = [self.files[index] for index in indices]
        in_parallel(decode, range(len(indices)), self.path, files, print)
        return images


def inspect(path: Path, size: int | None, channels: int | None, log: Log) -> PictureFolder:
    """Inspect the pictures in a folder, and return them as a data set. Only the headers of the files are read.

    Args:
        path: folder with the pictures.
        size: side in pixels of the square to which pictures are resized and cropped, or None to keep their size.
        channels: 1 for greyscale or 3 for colour. None selects 3 if any picture has colour, else 1.
        log: function that receives lines of text about the pictures.

    Raises:
        UserError: if the pictures cannot be used.
    """
    if not path.is_dir():
        raise UserError(f"{path}: no such folder")
    classes, found, ignored = _find_files(path)
    labels = {split: np.array([label for _, label in members], np.int64) for split, members in found.items()}
    files = [file for members in found.values() for file, _ in members]
    for split, values in labels.items():
        counts = np.bincount(values, minlength=len(classes))
        texts = [f"{name} {count:,}" for name, count in zip(classes, counts, strict=True)]
        part = split if len(labels) > 1 else "all"
        where = f"in {len(classes)} classes: {', '.join(texts)}" if len(classes) > 1 else "without classes"
        log(f"{part}: {len(values):,} images {where}")
    if ignored:
        log(f"other files, ignored: {ignored:,} (images are {', '.join(SUFFIXES)})")
    arranged = arrange(path, classes, labels)
    headers = in_parallel(_header, files, path, files, log)
    sizes, modes = Counter(header.size for header in headers), Counter(header.mode for header in headers)
    log("sizes: " + listed([f"{width}×{height} ({count:,})" for (width, height), count in sizes.most_common()]))
    log("modes: " + listed([f"{mode} ({count:,})" for mode, count in modes.most_common()]))
    if animated := sum(header.animated for header in headers):
        log(f"animations or several pages, of which the first is used: {animated:,}")
    if channels is None:
        channels = COLOUR if any(header.colour for header in headers) else GREY
    height, width = check_shape(path, [value for value, _ in sizes.most_common()], size)
    about = describe(path, "folder", (channels, height, width), arranged)
    return PictureFolder(**about, files=files, size=size)


OWN["folder"] = inspect


def _find_files(path: Path) -> tuple[list[str], dict[str, list[tuple[Path, int]]], int]:
    """Return the class names, the (file, label) pairs keyed by split, and the number of files that are not pictures.

    The splits are the subfolders `train`, `val` and `test`. Unless `train` and another of them exist, all pictures
    belong to the split `train`.
    """
    folders = {child.name: child for child in _children(path) if child.is_dir()}
    tops = {split: folders[split] for split in SPLITS if split in folders}
    if "train" not in tops or len(tops) == 1:
        tops = {"train": path}
    children = {split: _children(top) for split, top in tops.items()}
    names = sorted({child.name for part in children.values() for child in part if child.is_dir()})
    classes = [printable(name) for name in names]
    if twice := [name for name, count in Counter(classes).items() if count > 1]:
        raise UserError(f"{path}: classes whose names differ in white space only: {listed(twice)}; rename one")
    found: dict[str, list[tuple[Path, int]]] = {split: [] for split in tops}
    loose: dict[str, list[tuple[Path, int]]] = {split: [] for split in tops}  # pictures without a class
    ignored = 0
    for split, part in children.items():
        for child in part:
            if child.is_dir():
                files = list(files_below(child, (_identity(path),)))
                members, label = found[split], names.index(child.name)
            else:
                files = [child] if child.is_file() else []
                members, label = loose[split], 0
            pictures = picture_files(files)
            members += [(file, label) for file in pictures]
            ignored += len(files) - len(pictures)
    if not classes:
        return list(UNLABELLED), loose, ignored
    if without_class := [file.name for members in loose.values() for file, _ in members]:
        raise UserError(
            f"{path}: {len(without_class):,} image(s) without a class, {listed(without_class)}; move to sub-folders"
        )
    return classes, found, ignored


def picture_files(files: Sequence[Path]) -> list[Path]:
    """Return the files that have the suffix of a supported image format, such as `.png`."""
    return [file for file in files if file.suffix.lower() in SUFFIXES]


def _children(path: Path) -> list[Path]:
    """Return the files and subfolders in a folder, except hidden ones, sorted by name."""
    try:
        return sorted(child for child in path.iterdir() if not child.name.startswith("."))
    except OSError as error:
        raise UserError(f"{printable(str(path))}: {error.strerror}; the folder must be readable") from None


def files_below(folder: Path, parents: tuple[tuple[int, int], ...] = ()) -> Iterator[Path]:
    """Yield all files below a folder, except hidden ones.

    To avoid cycles of symbolic links, folders whose (device, inode) is in `parents` are skipped.
    """
    here = _identity(folder)
    for child in _children(folder) if here not in parents else ():
        if child.is_dir():
            yield from files_below(child, (*parents, here))
        else:
            yield child


def _identity(folder: Path) -> tuple[int, int]:
    """Return the device and inode of a folder, which identify it even if it is reached through a symbolic link."""
    about = folder.stat()
    return about.st_dev, about.st_ino


def open_picture(file: Path) -> Image.Image:
    """Open a picture without decoding its pixels.

    Raises OSError if the file is not a picture, and ValueError or Pillow's DecompressionBombError if it is too large.
    """
    picture = Image.open(file, formats=FORMATS)
    if Image.MAX_IMAGE_PIXELS and picture.width * picture.height > Image.MAX_IMAGE_PIXELS:
        picture.close()
        raise ValueError(f"{picture.width}×{picture.height} pixels; must be at most {Image.MAX_IMAGE_PIXELS:,}")
    return picture


def _header(file: Path) -> _Header:
    with open_picture(file) as picture:
        # phones add a preview as a second frame (MPO)
        animated = getattr(picture, "is_animated", False) and picture.format != "MPO"
        return _Header(upright_size(picture), picture.mode, has_colour(picture), animated)


def in_parallel(
    function: Callable[[Item], Result], items: Sequence[Item], path: Path, files: Sequence[Path], log: Log
) -> list[Result]:
    """Apply a function to items in parallel threads, and return the results in the order of the items.

    `files` contains one file per item, all below the folder `path`. Raises a UserError that names files for which
    `function` failed.
    """

    def attempt(item: Item) -> Result | Exception:
        try:
            return function(item)
        except Exception as error:  # Pillow raises errors of any kind on damaged files
            return error

    results: list[Result] = []
    problems: list[str] = []
    last = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool, warnings.catch_warnings(action="ignore"):
        outcomes = chain.from_iterable(pool.map(attempt, items[i : i + BATCH]) for i in range(0, len(items), BATCH))
        for file, result in zip(files, outcomes, strict=True):
            if isinstance(result, Exception):
                problems.append(f"{printable(str(file.relative_to(path)))} ({_reason(result)})")
            else:
                results.append(result)
            if time.monotonic() - last > SECONDS:
                last = time.monotonic()
                log(f"{len(results) + len(problems):,} of {len(files):,} images read")
    if problems:
        what = f"{len(problems):,} of {len(files):,} images cannot be read"
        raise UserError(f"{path}: {what}: {listed(problems)}; repair or remove them")
    return results


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"not {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return printable(str(error)) or type(error).__name__
