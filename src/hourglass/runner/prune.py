"""Remove outputs of variants that params.yaml no longer has: `python -m hourglass.runner.prune`, called by `make tidy`.

Removes what dvc.lock records for stages that dvc.yaml no longer has, and the records. DVC's cache is left alone.
"""

import shutil
import sys
from pathlib import Path

from dvc.lock import make_lock  # type: ignore[import-untyped]

from hourglass import paths, signals
from hourglass.files import replacing
from hourglass.runner import lockfile
from hourglass.runner.graph import pipeline_stages, repository
from hourglass.settings import params


def main() -> int:
    """Remove the outputs. Raises UserError, before anything is removed, if params.yaml or dvc.yaml is invalid."""
    paths.refuse_links()
    params.load()
    with repository() as repo:
        stages = pipeline_stages(repo)
        current = [Path(str(out)) for out in repo.index.outs]
    text = lockfile.read()
    gone = [stage for stage in lockfile.entries(text) if stage not in stages]
    for stage in gone:
        outputs = [Path(out["path"]) for out in lockfile.outputs(text, stage) or ()]
        removable = [path for path in outputs if path.exists() and _is_ours(path, current)]
        for path in removable:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        print(f"{stage}: {', '.join(map(str, removable)) or 'only its record'}", flush=True)
    with make_lock(".dvc/tmp/lock", wait=True), replacing(lockfile.PATH) as part:
        text = lockfile.read()
        for stage in gone:
            text = text.replace(lockfile.entries(text)[stage], "", 1)
        part.write_text(text, encoding="utf-8")
    print(f"{len(gone)} stages removed from {lockfile.PATH}; `git status` shows what git tracked")
    return 0


def _is_ours(path: Path, current: list[Path]) -> bool:
    """Report whether a recorded output is inside the repository and overlaps no output of a current stage."""
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and not any(path == other or path in other.parents or other in path.parents for other in current)


if __name__ == "__main__":
    signals.install_handlers()
    sys.exit(main())
