"""Data sets published as archives, such as CIFAR-10. Files from any source are accepted if their MD5 checksums match.

No stronger checksums are published for these files.
"""

import hashlib
import shutil
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from hourglass.datasets.registry import DataSet
from hourglass.datasets.remote import SourceError, from_mirror
from hourglass.datasets.sources import Source, cache, first_available, local_sources
from hourglass.files import replacing
from hourglass.images import Images

LARGEST_FILE = 10**9  # bytes

Split = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images (N, C, H, W) and labels (N,)."""


class File(NamedTuple):
    """A published file and its MD5 checksum. `mirror` is the URL of the file's folder, with a trailing slash."""

    mirror: str
    name: str
    md5: str


@dataclass(frozen=True, kw_only=True)
class ArchiveDataSet(DataSet):
    """Base class of data sets whose published files are converted to `train.safetensors` and `test.safetensors`.

    The published files are searched for in the subfolders of `$HOURGLASS_DATA` named after the fields `folder` and
    `name`, in `$HOURGLASS_DATA` itself, in the cache of earlier downloads, and finally on the publisher's server.
    """

    folder: str  # several data sets may share one

    @abstractmethod
    def files(self) -> Sequence[File]:
        """Return the published files, each with its URL and MD5 checksum."""

    @abstractmethod
    def read(self, folder: Path, split: str) -> Split:
        """Read the images (N, C, H, W) and labels (N,) of a split, `train` or `test`, from verified files."""

    def fetch(self, destination: Path) -> str:
        """Write `train.safetensors` and `test.safetensors` to a folder, and return the name of their source."""
        files = self.files()
        read = partial(self._read, files=files)
        source, splits = first_available(self.name, self._sources(files), read, [file.name for file in files])
        for split, images in splits.items():
            images.save(destination / f"{split}.safetensors")
        return source

    def _sources(self, files: Sequence[File]) -> Iterator[Source]:
        names = (self.folder, self.name)
        subfolders = list(dict.fromkeys([*names, *(name.replace("_", "-") for name in names)]))
        yield from local_sources(self.folder, subfolders, files[0].name, files[0].name)
        mirror, published = files[0].mirror, [file.name for file in files]
        yield (f"mirror {mirror}", partial(from_mirror, mirror, published, LARGEST_FILE))

    def _read(self, folder: Path, files: Sequence[File]) -> dict[str, Images]:
        """Verify `files` in a folder, copy them to the cache, and return their images and labels, keyed by split."""
        for file in files:
            _verify(folder / file.name, file.md5)
        splits = {}
        for split in ("train", "test"):
            images, labels = map(torch.from_numpy, self.read(folder, split))
            splits[split] = Images(images, labels, self.name, self.classes)
        if folder != cache(self.folder):
            try:
                for file in files:
                    with replacing(cache(self.folder) / file.name) as part:
                        shutil.copyfile(folder / file.name, part)
            except OSError as error:
                print(f"{self.name}: warning: not cached ({error})")
        return splits


def _verify(path: Path, md5: str) -> None:
    if not path.is_file():
        raise SourceError(f"no {path.name} in {path.parent}")
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()
    if actual != md5:
        raise SourceError(f"MD5 of {path.name} is {actual[:12]}…, not {md5[:12]}…")
