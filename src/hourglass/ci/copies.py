"""Files and folders as they were before a run, for what a stage that fails leaves half done."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Copies:
    """places: where the copy of each path is; there is none of what was not there."""

    places: dict[str, Path]

    def put_back(self, paths: Iterable[str]) -> None:
        """Make these what they were, whether they have changed, are new or are gone."""
        for path in paths:
            _remove(Path(path))
            _copy(self.places[path], Path(path))


@contextmanager
def copies(paths: Iterable[str]) -> Iterator[Copies]:
    """Copies of these, for as long as they are wanted."""
    with tempfile.TemporaryDirectory() as folder:
        places = {path: Path(folder) / str(number) for number, path in enumerate(paths)}
        for path, place in places.items():
            _copy(Path(path), place)
        yield Copies(places)


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, to)
    elif path.exists():
        shutil.copy2(path, to)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
