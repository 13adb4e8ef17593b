"""`python -m hourglass.runner.prune`: remove what variants left that are no more; `make tidy` calls it.

Their results, as dvc.lock records them, and these records: nothing that a stage of today makes, and nothing of any
cache or remote. To be run while no stage is.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dvc.lock import make_lock  # type: ignore[import-untyped]

from hourglass import paths, signals
from hourglass.files import replacing
from hourglass.runner import lockfile
from hourglass.runner.repository import repository, stages
from hourglass.settings import params


def main() -> int:
    """Raises UserError, before anything is removed, where it is not known what is made today."""
    paths.refuse_links()
    params.load()
    with repository() as repo:
        today = stages(repo)
        made = [Path(str(out)) for out in repo.index.outs]  # also by sweep/dvc.yaml
    text = lockfile.read()
    gone = lockfile.others(text, today)
    if not gone:
        print("Nothing to tidy: dvc.lock has no stage that dvc.yaml has not.")
        return 0
    left = {stage: list(_left(text, stage, made)) for stage in gone}
    for stage, found in left.items():
        print(f"{stage}: {', '.join(map(str, found)) or 'nothing but its record'}", flush=True)
    every = {path for found in left.values() for path in found}
    for path in sorted(every):
        if every.isdisjoint(path.parents):  # else it goes with the folder
            _remove(path)
    with make_lock(".dvc/tmp/lock", wait=True), replacing(lockfile.PATH) as part:
        part.write_text(lockfile.without(lockfile.read(), gone), encoding="utf-8")
    print(f"Removed, and {len(gone)} records in {lockfile.PATH}; `git status` shows what git kept of it.")
    return 0


def _left(text: str, stage: str, made: list[Path]) -> Iterator[Path]:
    """What is here of a stage's results, but for what another stage makes today."""
    for out in lockfile.outputs(text, stage) or ():
        path = Path(out["path"])
        within = not path.is_absolute() and ".." not in path.parts
        if within and path.exists() and not any(_overlap(path, other) for other in made):
            yield path


def _overlap(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents


def _remove(path: Path) -> None:
    """A file or folder, and the folder of the variant's own that it leaves empty."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    if len(path.parent.parts) > 1 and not any(path.parent.iterdir()):
        path.parent.rmdir()


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
