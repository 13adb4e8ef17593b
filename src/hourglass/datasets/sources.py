"""Search for the files of built-in data sets, first in local folders and then at remote sources."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

from hourglass.datasets.remote import FAILURES, SourceError
from hourglass.errors import UserError

FOLDER_VARIABLE = "HOURGLASS_DATA"
CACHE = "local cache"

Source = tuple[str, Callable[[Path], Path]]
"""Name of a source, and a function that takes an empty work folder and returns the folder that contains the files."""

Content = TypeVar("Content")


def first_available(
    dataset: str, sources: Iterable[Source], read: Callable[[Path], Content], files: Sequence[str]
) -> tuple[str, Content]:
    """Return the name and the content of the first source whose files are complete and correct.

    A line is printed for each source that is tried.

    Args:
        dataset: name of the data set, for messages.
        sources: sources in the order in which they are tried.
        read: function that verifies and reads the files in a folder. It raises SourceError if they cannot be used.
        files: names of the files, for the message if all sources fail.

    Raises:
        UserError: if all sources fail.
    """
    failures = []
    for name, collect in sources:
        print(f"{dataset}: trying {name}")
        try:
            with tempfile.TemporaryDirectory(prefix="hourglass-") as work:
                return name, read(collect(Path(work)))
        except FAILURES as error:
            failures.append(f"  - {name}: {error}")
            print(f"  failed: {error}")
    raise UserError(
        "\n".join([f"no source of {dataset} is available:", *failures])
        + f"\nset {FOLDER_VARIABLE} to a folder with {', '.join(files)},"
        "\nor use the built-in digits: dvc exp run -S data.dataset=digits"
    )


def local_sources(dataset: str, subfolders: Sequence[str], pattern: str, what: str) -> list[Source]:
    """Return the local sources of a data set: the folder `$HOURGLASS_DATA` and the cache of earlier downloads.

    Args:
        dataset: name of the data set's folder in the cache.
        subfolders: subfolders of `$HOURGLASS_DATA`, which are searched before `$HOURGLASS_DATA` itself.
        pattern: glob pattern for file names in `$HOURGLASS_DATA`. The first folder with a match is used.
        what: description of the files, for messages.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    label = f"{FOLDER_VARIABLE} ({folder})" if folder else FOLDER_VARIABLE
    return [(label, lambda _: _user_folder(folder, subfolders, pattern, what)), (CACHE, lambda _: cache(dataset))]


def cache(dataset: str) -> Path:
    """Return the folder of a data set in the user's download cache."""
    return user_cache_path("hourglass", appauthor=False) / dataset


def _user_folder(folder: str | None, subfolders: Sequence[str], pattern: str, what: str) -> Path:
    if not folder:
        raise SourceError("not set")
    try:  # DVC_ROOT: the main repository, also in the copies that `dvc exp run --temp` makes
        root = Path(os.environ.get("DVC_ROOT") or ".", Path(folder).expanduser()).absolute()
    except RuntimeError as error:
        raise SourceError(str(error)) from None  # `~name` of an unknown user
    # subfolders first: they are named for the data set, while the files of all data sets have the same names
    for candidate in (*(root / name for name in subfolders), root):
        if any(candidate.glob(pattern)):
            return candidate
    raise SourceError(f"no {what} in {root} or its subfolders {', '.join(subfolders)}")
