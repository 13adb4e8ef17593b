"""Command that removes the outputs of deleted variants: `python -m hourglass.runner.prune`. Used by `make tidy`.

If a stage is no longer in dvc.yaml, its outputs and its entry in dvc.lock are removed. DVC's cache is kept.
"""

import shutil
from pathlib import Path

from hourglass import paths, signals
from hourglass.files import replacing
from hourglass.runner import lockfile
from hourglass.runner.graph import pipeline_stages, repository
from hourglass.settings import params


def main() -> None:
    """Remove the outputs of deleted stages. Raises UserError and removes nothing if a settings file is invalid."""
    paths.refuse_links()
    params.load()
    with repository() as repo, repo.lock:
        stages, current = pipeline_stages(repo), [Path(str(out)) for out in repo.index.outs]
        text = lockfile.read()
        gone = {stage: entry for stage, entry in lockfile.entries(text).items() if stage not in stages}
        for stage, entry in gone.items():
            recorded = [Path(out["path"]) for out in lockfile.outputs(text, stage) or ()]
            outputs = [path for path in recorded if path.exists() and _is_removable(path, current)]
            for path in outputs:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            text = text.replace(entry, "", 1)
            print(f"{stage}: {', '.join(map(str, outputs)) or 'only its record'}", flush=True)
        with replacing(lockfile.PATH) as part:
            part.write_text(text, encoding="utf-8")
    print(f"{len(gone)} stages removed from {lockfile.PATH}; `git status` shows what git tracked")


def _is_removable(path: Path, current: list[Path]) -> bool:
    """Return whether a path is inside the repository and does not overlap any current output."""
    inside = not path.is_absolute() and ".." not in path.parts
    return inside and not any(path.is_relative_to(other) or other.is_relative_to(path) for other in current)


if __name__ == "__main__":
    signals.install_handlers()
    main()
