"""Command that verifies the hashes of all outputs and of DVC's cache: `python -m hourglass.runner.verify`.

DVC itself does not rehash write-protected cache entries or files whose size and modification time are unchanged. Run
this command only while no stage is running. Used by `make verify`.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass import signals
from hourglass.runner.graph import repository


@dataclass(frozen=True)
class Recorded:
    """Recorded and actual hashes of an output file, or of an output folder's file list.

    Attributes:
        expected: MD5 recorded by DVC.
        actual: MD5 of the current content, or None if the file is missing.
        entry: path of the copy in DVC's cache, or None for files tracked by git.
    """

    stage: str
    path: Path
    expected: str
    actual: str | None
    entry: Path | None

    def problem(self, intact: Mapping[Path | None, bool]) -> str | None:
        """Describe the damage and its repair in one line, or return None if there is no damage.

        `intact` maps the path of each file in DVC's cache to whether the file matches its hash.
        """
        rerun, is_folder = f"`dvc repro --force --single-item {self.stage}`", self.expected.endswith(".dir")
        damaged, cached = self.actual not in (None, self.expected), intact.get(self.entry)
        if damaged and self.entry is None:
            # git skips files of the recorded size and time
            return f"{self.path} differs from dvc.lock; delete it and run `git checkout {self.path}`, or run {rerun}"
        if damaged and cached:
            return None if is_folder else f"{self.path} is damaged; delete it and run `dvc checkout {self.path}`"
        if damaged:
            return f"{self.path} is damaged, also in DVC's cache ({self.entry}); delete both and run {rerun}"
        if cached is False:
            restore = f"`dvc commit --force {self.stage}`" if self.actual else rerun
            return f"{self.entry}, the copy of {self.path} in DVC's cache, is damaged; delete it and run {restore}"
        return None


def main() -> int:
    """Print every damaged file with the command that restores it. Return 1 if any file is damaged, else 0."""
    with repository() as repo:
        cache = Path(os.path.relpath(repo.cache.local.path))
        hashes = {path: path.parent.name + path.name.removesuffix(".dir") for path in cache.glob("??/*")}
        intact: dict[Path | None, bool] = {path: _md5(path) == md5 for path, md5 in hashes.items()}
        records = [record for out in repo.index.outs if out.hash_info for record in _records(out, cache, intact)]
    problems = [problem for record in records if (problem := record.problem(intact))]
    others = intact.keys() - {record.entry for record in records}
    problems += sorted(f"{path} in DVC's cache is damaged; delete it" for path in others if not intact[path])
    for problem in problems:
        print(problem, file=sys.stderr, flush=True)
    print(f"{len(records)} outputs and {len(intact)} files in DVC's cache: {len(problems)} damaged")
    return 1 if problems else 0


def _records(out: Any, cache: Path, intact: Mapping[Path | None, bool]) -> Iterator[Recorded]:
    """Yield a record for a DVC output. For a folder with an intact cached file list, also yield one per listed file."""
    stage, path, expected = out.stage.addressing, Path(str(out)), out.hash_info.value

    def entry(md5: str) -> Path | None:
        return cache / md5[:2] / md5[2:] if out.use_cache else None

    listed = entry(expected)
    names = out.repo.dvcignore.find(out.fs, out.fs_path) if path.is_dir() else ()
    files = {name: _md5(path / name) for name in sorted(os.path.relpath(name, out.fs_path) for name in names)}
    # of a folder, the hash of its listing as DVC writes it
    listing = json.dumps([{"md5": md5, "relpath": name} for name, md5 in files.items()]).encode()
    yield Recorded(stage, path, expected, f"{_md5_of(listing)}.dir" if files else _md5(path), listed)
    if out.hash_info.isdir and listed is not None and intact.get(listed):
        for file in json.loads(listed.read_bytes()):
            name, md5 = file["relpath"], file["md5"]
            yield Recorded(stage, path / name, md5, files.get(name), entry(md5))


def _md5(path: Path) -> str | None:
    return _md5_of(path.read_bytes()) if path.is_file() else None


def _md5_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
