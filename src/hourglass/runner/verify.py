"""Compare all outputs and DVC's cache with their recorded hashes: `python -m hourglass.runner.verify`.

DVC itself takes a file for unchanged if its size and time are, and a write-protected cache entry for intact. Run it
while no stage runs; `make verify` calls it.
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

Entries = Mapping[Path | None, bool]
"""Files in DVC's cache; True if a file has the hash in its name."""


@dataclass(frozen=True)
class Recorded:
    """An output file, or the listing of an output folder, as dvc.lock records it.

    Attributes:
        stage: the stage that writes it.
        path: the file or folder.
        expected: MD5 in dvc.lock.
        actual: MD5 of the file or of the folder's listing; None if there is none.
        entry: its file in DVC's cache; None for files in git.
    """

    stage: str
    path: Path
    expected: str
    actual: str | None
    entry: Path | None

    def problem(self, entries: Entries) -> str | None:
        """Return what is damaged and the command that restores it, in one line; None if all is well."""
        rerun, is_folder = f"`dvc repro --force --single-item {self.stage}`", self.expected.endswith(".dir")
        damaged, cached = self.actual not in (None, self.expected), entries.get(self.entry)
        if damaged and self.entry is None:
            return f"{self.path} differs from dvc.lock; run `git checkout {self.path}`, or {rerun}"
        if damaged and cached:
            return None if is_folder else f"{self.path} is damaged; delete it and run `dvc checkout {self.path}`"
        if damaged:
            return f"{self.path} is damaged, also in DVC's cache ({self.entry}); delete both and run {rerun}"
        if cached is False:
            restore = f"`dvc commit --force {self.stage}`" if self.actual else rerun
            return f"{self.entry}, the copy of {self.path} in DVC's cache, is damaged; delete it and run {restore}"
        return None


def main() -> int:
    """Print each damaged file with the command that restores it. Return 1 if there is any, else 0."""
    with repository() as repo:
        cache = Path(os.path.relpath(repo.cache.local.path))
        hashes = {path: path.parent.name + path.name.removesuffix(".dir") for path in cache.glob("??/*")}
        entries: dict[Path | None, bool] = {path: _md5(path) == md5 for path, md5 in hashes.items()}
        records = [record for out in repo.index.outs if out.hash_info for record in _records(out, cache, entries)]
    problems = [problem for record in records if (problem := record.problem(entries))]
    others = entries.keys() - {record.entry for record in records}
    problems += sorted(f"{path} in DVC's cache is damaged; delete it" for path in others if not entries[path])
    print("".join(f"{problem}\n" for problem in problems), end="", file=sys.stderr, flush=True)
    print(f"{len(records)} outputs and {len(entries)} files in DVC's cache: {len(problems)} damaged")
    return 1 if problems else 0


def _records(out: Any, cache: Path, entries: Entries) -> Iterator[Recorded]:
    """Yield an output, and each file of a folder whose listing in the cache is intact."""
    stage, path, expected = out.stage.addressing, Path(str(out)), out.hash_info.value

    def entry(md5: str) -> Path | None:
        return cache / md5[:2] / md5[2:] if out.use_cache else None

    names = out.repo.dvcignore.find(out.fs, out.fs_path) if path.is_dir() else ()
    files = {name: _md5(path / name) for name in sorted(os.path.relpath(name, out.fs_path) for name in names)}
    yield Recorded(stage, path, expected, _listing_md5(files) if files else _md5(path), entry(expected))
    if out.hash_info.isdir and entries.get(listing := entry(expected)) and listing is not None:
        for file in json.loads(listing.read_bytes()):
            name, md5 = file["relpath"], file["md5"]
            yield Recorded(stage, path / name, md5, files.get(name), entry(md5))


def _md5(path: Path) -> str | None:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else None


def _listing_md5(files: Mapping[str, str | None]) -> str:
    listing = [{"md5": md5, "relpath": name} for name, md5 in files.items()]  # as DVC writes it
    return hashlib.md5(json.dumps(listing).encode(), usedforsecurity=False).hexdigest() + ".dir"


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
