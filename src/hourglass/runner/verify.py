"""Compare all outputs and DVC's cache with their recorded hashes: `python -m hourglass.runner.verify`.

DVC itself takes a file for unchanged if its size and time are, and a write-protected cache entry for intact. Run it
while no stage runs; `make verify` calls it.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from hourglass import signals
from hourglass.runner.graph import repository


def main() -> int:
    """Print each damaged file with the command that restores it. Return 1 if there is any, else 0."""
    with repository() as repo:
        cache = Path(repo.cache.local.path).resolve()
        entries = {path: _is_intact(path) for path in cache.glob("??/*") if path.is_file()}
        outs = [out for out in repo.index.outs if out.hash_info]
        problems = [problem for out in outs for problem in _check(out, cache, entries)]
    problems += [f"{path} in DVC's cache is damaged; delete it" for path, intact in entries.items() if not intact]
    print("".join(f"{problem}\n" for problem in problems), end="", file=sys.stderr, flush=True)
    print(f"{len(outs)} outputs and {len(entries)} files in DVC's cache: {len(problems)} damaged")
    return 1 if problems else 0


def _check(out: Any, cache: Path, entries: dict[Path, bool]) -> list[str]:
    """Return the problems of one output: a file, or each file of a folder whose listing is in the cache."""
    stage, path, md5 = out.stage.addressing, Path(str(out)), out.hash_info.value
    if not out.hash_info.isdir:
        return _check_file(path, md5, stage, cache, entries, cached=out.use_cache)
    if path.exists() and not path.is_dir():
        return [f"{path} is damaged: not a folder; delete it and run `dvc checkout {path}`"]
    if not out.use_cache:
        files = sorted(Path(file).relative_to(out.fs_path).as_posix() for file in _files(out, path))
        listing = [{"md5": _md5(path / name), "relpath": name} for name in files]  # as DVC writes it
        actual = hashlib.md5(json.dumps(listing).encode(), usedforsecurity=False).hexdigest() + ".dir"
        if not files or actual == md5:
            return []
        return [f"{path} differs from dvc.lock; `git checkout {path}` or `dvc repro --force --single-item {stage}`"]
    listing_file = cache / md5[:2] / md5[2:]
    if not entries.get(listing_file):
        return []
    return [
        problem
        for entry in json.loads(listing_file.read_bytes())
        for problem in _check_file(path / entry["relpath"], entry["md5"], stage, cache, entries, cached=True)
    ]


def _check_file(path: Path, md5: str, stage: str, cache: Path, entries: dict[Path, bool], *, cached: bool) -> list[str]:
    if not path.is_file() or _md5(path) == md5:
        return []
    if not cached:
        return [f"{path} differs from dvc.lock; `git checkout {path}` or `dvc repro --force --single-item {stage}`"]
    if entries.get(cache / md5[:2] / md5[2:]):
        return [f"{path} is damaged; delete it and run `dvc checkout {path}`"]
    return [f"{path} is damaged; delete it and run `dvc repro --force --single-item {stage}`"]


def _files(out: Any, path: Path) -> list[str]:
    return list(out.repo.dvcignore.find(out.fs, out.fs_path)) if path.is_dir() else []


def _is_intact(entry: Path) -> bool:
    return entry.parent.name + entry.name.removesuffix(".dir") == _md5(entry)


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
