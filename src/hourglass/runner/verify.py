"""`python -m hourglass.runner.verify`: are all results, bit for bit, what dvc.lock records? `make verify` calls it.

DVC itself takes an object of its cache for whole while that is write-protected, and a file for unchanged while its size
and its time are. To be run while no stage is.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass import signals


@dataclass(frozen=True)
class Found:
    """A result, its MD5 as dvc.lock records it and as it is, and DVC's copy; a folder's, of the list of its files."""

    stage: str
    path: Path
    recorded: str
    actual: str | None  # None where it is not there
    copy: Path | None  # None where git keeps it

    def problem(self, whole: Mapping[Path | None, bool]) -> str | None:
        """What is damaged and what mends it. whole: whether an object of DVC's cache is what its name says."""
        path, copy, folder = self.path, self.copy, self.recorded.endswith(".dir")
        differs, damaged = self.actual not in (None, self.recorded), not whole.get(copy, True)
        anew = f"`dvc repro --force --single-item {self.stage}`"
        if differs and copy is None:
            return f"{path} is not what dvc.lock records; `git checkout {path}` takes the committed one, or run {anew}"
        if differs and whole.get(copy):  # what of a folder, its files say
            return None if folder else f"{path} is damaged; delete it and run `dvc checkout {path}`"
        if differs or (damaged and self.actual is None):
            return f"{path} is damaged{f', and so is {copy}' if damaged else ''}; delete that and run {anew}"
        if damaged and folder:
            return f"{copy}, DVC's list of {path}, is damaged; delete it and run `dvc commit --force {self.stage}`"
        return f"{copy}, DVC's copy of {path}, is damaged; `install -m 444 {path} {copy}` mends it" if damaged else None


def main() -> int:
    """Returns the exit status: 1 where anything is damaged."""
    with Repo() as repo:
        cache = Path(os.path.relpath(repo.cache.local.path))
        whole: dict[Path | None, bool] = {
            path: path.parent.name + path.name.removesuffix(".dir") == _md5(path) for path in cache.glob("??/*")
        }
        found = [one for out in repo.index.outs if out.hash_info for one in _found(out, cache, whole)]
    problems = [problem for one in found if (problem := one.problem(whole))]
    others = whole.keys() - {one.copy for one in found}
    problems += sorted(f"{path}, of other results, is damaged; delete it" for path in others if not whole[path])
    print("".join(f"{problem}\n" for problem in problems), end="", file=sys.stderr, flush=True)
    lacking = sum(one.copy is not None and one.copy not in whole for one in found)
    print(f"{len(found)} results, {lacking} without a copy among {len(whole)} of DVC's: {len(problems)} damaged")
    return 1 if problems else 0


def _found(out: Any, cache: Path, whole: Mapping[Path | None, bool]) -> Iterator[Found]:
    """A file; or a folder and, where DVC's list of them is whole, each of its files."""
    stage, path, recorded = out.stage.addressing, Path(str(out)), out.hash_info.value

    def copy(md5: str) -> Path | None:
        return cache / md5[:2] / md5[2:] if out.use_cache else None

    files = {file: _md5(path / file) for file in _names(out, path)}
    yield Found(stage, path, recorded, _listed(files) if files else _md5(path), copy(recorded))
    if out.hash_info.isdir and whole.get(listing := copy(recorded)) and listing is not None:
        for entry in json.loads(listing.read_bytes()):
            name, md5 = entry["relpath"], entry["md5"]
            yield Found(stage, path / name, md5, files.get(name), copy(md5))


def _names(out: Any, path: Path) -> list[str]:
    """Of the files in a folder that count; of what is none, nothing."""
    found = out.repo.dvcignore.find(out.fs, out.fs_path) if path.is_dir() else ()
    return sorted(Path(file).relative_to(out.fs_path).as_posix() for file in found)


def _md5(path: Path) -> str | None:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else None


def _listed(files: Mapping[str, str | None]) -> str:
    listing = [{"md5": md5, "relpath": name} for name, md5 in files.items()]  # as DVC writes it
    return hashlib.md5(json.dumps(listing).encode(), usedforsecurity=False).hexdigest() + ".dir"


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
