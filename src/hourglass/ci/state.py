"""What DVC knows of every stage: what it follows from has changed, or a result of it is just not here."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass.runner.commands import PIPELINE
from hourglass.runner.graph import Graph
from hourglass.runner.repository import stages as pipeline_stages

COMMAND = "its command in dvc.yaml"
NEVER = "it has no record in dvc.lock"
_GONE = ("deleted", "not in cache", "modified")  # what is here instead of a result is not that result


@dataclass(frozen=True)
class State:
    """changed: of stages that are out of date by themselves, the paths that say so, or words where it is no path.

    missing: results that only DVC keeps and that are not here, by the stage that makes them. tracked: results that git
    keeps, likewise. reads: for each stage, the results that it reads, by the stage that makes them.
    """

    graph: Graph
    changed: dict[str, tuple[str, ...]]
    missing: Mapping[str, tuple[str, ...]]
    tracked: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, Mapping[str, tuple[str, ...]]]

    @classmethod
    def of(cls, repo: Repo) -> "State":
        """Of dvc.yaml's stages; those of sweeps are none of CI's business. Raises UserError where there are none."""
        stages = pipeline_stages(repo)
        makers = {str(out): name for name, stage in stages.items() for out in stage.outs}
        reads = {name: _reads(map(str, stage.deps), makers) for name, stage in stages.items()}
        status = {name: _flat(entries) for name, entries in repo.status(targets=[PIPELINE]).items()}
        kept = {str(out) for stage in stages.values() for out in stage.outs if out.use_cache}
        missing = {
            name: tuple(path for path, what in outs.items() if what in _GONE and path in kept)
            for name, (_, outs, _) in status.items()
        }
        absent = {path for paths in missing.values() for path in paths}
        recorded = {str(out): out.hash_info.value for stage in stages.values() for out in stage.outs if out.hash_info}
        changed = {}
        for name, (deps, outs, words) in status.items():
            told = {str(dep): dep.hash_info.value for dep in stages[name].deps if dep.hash_info}
            of_itself = [
                *(path for path in deps if not _only_missing(path, told.get(path), absent, recorded)),
                *(path for path in outs if path not in missing[name]),
                *words,
            ]
            if not told:
                of_itself = [NEVER]
            if of_itself and not stages[name].frozen:
                changed[name] = tuple(of_itself)
        return cls(
            Graph({name: tuple(other for other in stages if other in reads[name]) for name in stages}),
            changed,
            {name: paths for name, paths in missing.items() if paths},
            {name: tuple(str(out) for out in stage.outs if not out.use_cache) for name, stage in stages.items()},
            reads,
        )


def _reads(deps: Iterable[str], makers: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for dep in deps:
        for path, maker in makers.items():
            if _overlap(dep, path):
                found.setdefault(maker, []).append(path)
    return {maker: tuple(paths) for maker, paths in found.items()}


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _flat(entries: Iterable[Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """A stage's part of `dvc status`: dependencies, outputs and, as words, whatever else has changed."""
    deps: dict[str, Any] = {}
    outs: dict[str, Any] = {}
    words = []
    for entry in entries:
        match entry:
            case {"changed deps": found}:
                deps |= found
            case {"changed outs": found}:
                outs |= found
            case "changed command":
                words.append(COMMAND)
            case _:
                words.append(str(entry))
    return deps, outs, words


def _only_missing(path: str, told: str | None, absent: Iterable[str], recorded: Mapping[str, str]) -> bool:
    """Whether a dependency is as it was when its stage last ran, but for results that are not here.

    told: its hash at that time. What is within a folder that one stage left as a whole is taken for unchanged: that
    it is not, only the folder's list would say, which is not here either.
    """
    if not any(_overlap(path, result) for result in absent):
        return False
    if path in recorded:
        return recorded[path] == told
    below = {result.removeprefix(f"{path}/"): md5 for result, md5 in recorded.items() if result.startswith(f"{path}/")}
    return not below or _folder(below) == told


def _folder(files: Mapping[str, str]) -> str:
    """DVC's hash of a folder of these files."""
    listing = [{"md5": md5, "relpath": name} for name, md5 in sorted(files.items())]
    return hashlib.md5(json.dumps(listing).encode(), usedforsecurity=False).hexdigest() + ".dir"
