"""Where the data sets come from: several places asked in turn, one set of checksums for all of them.

A source brings the four IDX files, plain or gzip-compressed, into a folder; what it brought is believed only
once the SHA-256 of the decompressed bytes is right. So no source has to be trusted, and any may be missing.
"""

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from urllib.error import URLError

from platformdirs import user_cache_path

from hourglass.datasets.registry import DATASETS, FILES, DataSet, Source
from hourglass.datasets.remote import FAILURES, SourceError, at_most, from_mirror
from hourglass.errors import UserError

FOLDER_VARIABLE = "HOURGLASS_DATA"
CACHE = "the cache folder"

Log = Callable[[str], None]


def fetch(dataset: str, destination: Path, log: Log = print) -> str:
    """Put the four IDX files of `dataset` into `destination`; returns the name of the source they came from.

    A file appears under its name only when all four are verified. Raises UserError for an unknown data set,
    for a destination that cannot be written, and, with every source and its reason, where all sources fail.
    """
    if dataset not in DATASETS:
        raise UserError(f"data.dataset: {dataset!r} is not a data set; known are {', '.join(sorted(DATASETS))}")
    source, content = _first_that_works(dataset, log)
    try:
        _install(content, destination)
    except OSError as error:
        raise UserError(
            f"{destination}: {dataset} cannot be written there ({_reason(error)}); "
            "it wants a folder with write permission and about 55 MB of free space"
        ) from error
    if source != CACHE and DATASETS[dataset].sha256:
        _remember(dataset, content, log)
    return source


def _first_that_works(dataset: str, log: Log) -> tuple[str, dict[str, bytes]]:
    failures = []
    for source in _sources(dataset):
        log(f"{dataset}: trying {source.name}")
        try:
            with tempfile.TemporaryDirectory(prefix="hourglass-") as work:
                content = _verified(source.collect(Path(work)), DATASETS[dataset])
        except FAILURES as error:
            failures.append(f"  - {source.name}: {_reason(error)}")
            log(f"  failed: {_reason(error)}")
        else:
            return source.name, content
    tried = "\n".join(failures)
    raise UserError(
        f"{dataset} could not be had from any source:\n{tried}\n"
        f"Either set {FOLDER_VARIABLE} to a folder with the four IDX files ({', '.join(FILES)};\n"
        "plain or .gz, in the folder or in one below it named for the data set),\n"
        "or use the digits that need no network: dvc exp run -S data.dataset=digits"
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, URLError) and isinstance(error.reason, Exception):
        return _reason(error.reason)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _verified(folder: Path, dataset: DataSet) -> dict[str, bytes]:
    content = {name: _read(folder, name, dataset.largest) for name in FILES}
    for name, expected in dataset.sha256.items():
        found = hashlib.sha256(content[name]).hexdigest()
        if found != expected:
            raise SourceError(
                f"SHA-256 of {name} differs (found {found[:12]}…, expected {expected[:12]}…: "
                "a truncated or altered copy, or another data set's)"
            )
    return content


def _read(folder: Path, name: str, size: int) -> bytes:
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        with plain.open("rb") as file:
            return at_most(size, file, name)
    if not packed.is_file():
        raise SourceError(f"{folder} holds no {name}, neither plain nor as .gz")
    try:
        with gzip.open(packed) as unpacked:
            return at_most(size, unpacked, packed.name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{packed.name} is not a whole gzip file ({error})") from error


def _install(content: dict[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Beside the final names, so that each move is a rename on one file system.
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=folder) as incoming:
        for name, data in content.items():
            (Path(incoming) / name).write_bytes(data)
        for name in content:
            os.replace(Path(incoming) / name, folder / name)


def _remember(dataset: str, content: dict[str, bytes], log: Log) -> None:
    try:
        _install(content, _cache(dataset))
    except OSError as error:
        log(f"{dataset}: warning: no copy kept for the next time ({_reason(error)})")


def _cache(dataset: str) -> Path:
    return user_cache_path("hourglass", appauthor=False) / dataset


def _sources(dataset: str) -> Iterator[Source]:
    """Where a data set may come from, the nearest first."""
    described = DATASETS[dataset]
    if described.made is not None:
        yield described.made
        return
    given = os.environ.get(FOLDER_VARIABLE)
    name = f"{FOLDER_VARIABLE} ({given})" if given else FOLDER_VARIABLE
    subfolders = [dataset, dataset.replace("_", "-")]
    if described.torchvision:
        subfolders.insert(0, f"{described.torchvision}/raw")
    yield Source(name, lambda _: _own_folder(given, subfolders))
    yield Source(CACHE, lambda _: _cache(dataset))
    if described.torchvision:
        # A second to import, and needed only where nothing is at hand.
        from torchvision import datasets  # noqa: PLC0415

        published = {"MNIST": datasets.MNIST, "FashionMNIST": datasets.FashionMNIST}[described.torchvision]
        for mirror in published.mirrors:
            names = [name for name, _ in published.resources]
            yield Source(f"mirror {mirror}", partial(from_mirror, mirror, names, described.largest))
    yield from described.packages


def _own_folder(given: str | None, subfolders: Sequence[str]) -> Path:
    if not given:
        raise SourceError("not set")
    folder = Path(given).expanduser().absolute()
    # A subfolder named for the data set says more than files beside it, whose names all data sets share.
    for candidate in (*(folder / name for name in subfolders), folder):
        if any(candidate.glob("*-ubyte*")):
            return candidate
    raise SourceError(f"{folder} holds no IDX file, and neither does {' or '.join(subfolders)} in it")
