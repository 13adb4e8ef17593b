"""Whether the comparison of a commit, or of an experiment, is of the settings that it has."""

from collections.abc import Mapping
from typing import Any

from dvc.dependency import ParamsDependency  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]
from dvc.repo.brancher import switch  # type: ignore[import-untyped]
from dvc.repo.graph import collect_pipeline  # type: ignore[import-untyped]
from dvc_data.hashfile.build import build
from dvc_data.index import DataIndexDirError

from hourglass.runner.repository import stages

COMPARE = "compare"


def compared(repo: Repo, revision: str) -> bool:
    """Whether each stage that the comparison follows from, and it itself, was given what is there in this revision.

    An experiment that runs up to another stage alone (`dvc exp run train@linear`) has the comparison of the commit.
    """
    with switch(repo, revision):
        found = stages(repo).values()
        kept = {out.def_path: out.hash_info for stage in found for out in stage.outs if out.use_cache}
        last = next(stage for stage in found if stage.name == COMPARE)
        needed = [stage for stage in collect_pipeline(last, repo.index.graph) if stage in found]
        actual: dict[str, Any] = {}
        # parameters stand in a file that is a dependency too
        deps = [dep for stage in reversed(needed) for dep in stage.deps if not isinstance(dep, ParamsDependency)]
        return all(dep.hash_info == _hash(repo, dep, kept, actual) for dep in deps)


def _hash(repo: Repo, dep: Any, kept: Mapping[str, Any], actual: dict[str, Any]) -> Any:
    """Of a file or folder as it is in the revision that is looked at. actual: what is known of them."""
    path = dep.def_path
    if path in kept:
        return kept[path]
    if any(out.startswith(f"{path}/") for out in kept):
        # what removed variants have left in such a folder counts for DVC, and is in no revision; the stages that made
        # the rest of it are looked at themselves
        return dep.hash_info
    if path not in actual:
        try:
            actual[path] = build(repo.cache.local, f"/{path}", repo.dvcfs, dep.hash_name, dry_run=True)[2].hash_info
        except FileNotFoundError:
            actual[path] = None
        except DataIndexDirError:  # part of a folder of which DVC has no list here; other stages have all of it
            actual[path] = dep.hash_info
    return actual[path]
