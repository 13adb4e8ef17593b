"""Dependency graph of the stages in dvc.yaml."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import networkx  # type: ignore[import-untyped]
from dvc.exceptions import DvcException  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass.errors import UserError
from hourglass.runner.commands import NO_STAGES
from hourglass.settings import params


@contextmanager
def repository() -> Iterator[Repo]:
    """Open the DVC repository for the duration of a `with` block. DVC errors are raised as UserError."""
    try:
        with Repo() as repo:
            yield repo
    except DvcException as error:
        params.load()  # names the invalid setting, where DVC reports a parsing error of its own
        raise UserError(" ".join(f"{error} {error.__cause__ or ''}".split())) from None


def pipeline_stages(repo: Repo) -> dict[str, Any]:
    """Return the stage objects of dvc.yaml, keyed by name, such as `train@linear`. Raises UserError if none exist."""
    # sweep/dvc.yaml holds the sweep's stages
    stages = {stage.addressing: stage for stage in repo.index.stages if stage.path_in_repo == "dvc.yaml"}
    if not stages:
        raise UserError(NO_STAGES)
    return stages


class Graph(networkx.DiGraph):  # type: ignore[misc]
    """Directed graph of the stages in dvc.yaml, with an edge from each stage to each of its dependencies."""

    @classmethod
    def load(cls) -> "Graph":
        """Load the dependency graph of the stages in dvc.yaml."""
        with repository() as repo:
            stages, graph = pipeline_stages(repo), repo.index.graph
            needs = {name: [before.addressing for before in graph[stage]] for name, stage in stages.items()}
        return cls({name: [before for before in names if before in stages] for name, names in needs.items()})

    def downstream(self, stages: Iterable[str]) -> set[str]:
        """Return the given stages and all stages that depend on them, directly or indirectly."""
        return {other for stage in stages for other in (stage, *networkx.ancestors(self, stage))}

    def upstream(self, stages: Iterable[str]) -> set[str]:
        """Return the given stages and all of their direct and indirect dependencies."""
        return {other for stage in stages for other in (stage, *networkx.descendants(self, stage))}

    def in_order(self) -> list[str]:
        """Return all stages in the order in which `dvc repro` runs them, dependencies first."""
        return list(networkx.dfs_postorder_nodes(self))

    def longest_paths(self, seconds: Mapping[str, float]) -> dict[str, float]:
        """Return the duration in seconds of the longest path from each stage through the stages that depend on it.

        `seconds` holds the duration of each stage. Stages that are not in `seconds` count as 0 and are not returned.
        """
        longest: dict[str, float] = {}
        for stage in reversed(self.in_order()):
            after = max((longest[other] for other in self.predecessors(stage)), default=0.0)
            longest[stage] = seconds.get(stage, 0.0) + after
        return {stage: longest[stage] for stage in seconds}

    def select(self, targets: Collection[str]) -> set[str]:
        """Return the stages in `targets`, where `train` means all `train@…`. Raises UserError for unknown targets."""
        kinds = {stage: stage.partition("@")[0] for stage in self}
        for target in targets:
            if target not in kinds and target not in kinds.values():
                known = ", ".join(dict.fromkeys(kinds.values()))
                raise UserError(f"{target!r} is not a stage of dvc.yaml; choose from {known}")
        return {stage for stage, kind in kinds.items() if stage in targets or kind in targets}
