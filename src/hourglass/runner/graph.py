"""The graph of stages, as DVC reads it from dvc.yaml."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import networkx  # type: ignore[import-untyped]
from dvc.exceptions import DvcException  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]

from hourglass.errors import UserError
from hourglass.runner.commands import NO_STAGES
from hourglass.settings import params

PIPELINE = "dvc.yaml"  # sweep/dvc.yaml holds the sweep's stages


@contextmanager
def repository() -> Iterator[Repo]:
    """Open the DVC repository. Raises UserError with DVC's reason, in one line, if it cannot be read or used."""
    try:
        with Repo() as repo:
            yield repo
    except DvcException as error:
        params.load()  # names the invalid setting, where DVC reports a parsing error of its own
        raise UserError(" ".join(f"{error} {error.__cause__ or ''}".split())) from None


def pipeline_stages(repo: Repo) -> dict[str, Any]:
    """Return DVC's stage objects of dvc.yaml by name, such as `train@linear`. Raises UserError if there are none."""
    stages = {stage.addressing: stage for stage in repo.index.stages if stage.path_in_repo == PIPELINE}
    if not stages:
        raise UserError(NO_STAGES)
    return stages


class Graph:
    """Stages and their dependencies.

    Args:
        needs: for each stage, in the order of dvc.yaml, the stages whose outputs it reads.
    """

    def __init__(self, needs: Mapping[str, Collection[str]]) -> None:
        self._graph = networkx.DiGraph()  # with edges from a stage to its dependencies, as in DVC
        self._graph.add_nodes_from(needs)
        self._graph.add_edges_from((stage, before) for stage, stages in needs.items() for before in stages)

    @classmethod
    def load(cls) -> "Graph":
        """Read the graph of dvc.yaml."""
        with repository() as repo:
            stages, graph = pipeline_stages(repo), repo.index.graph
            needs = {name: [before.addressing for before in graph[stage]] for name, stage in stages.items()}
        return cls({name: [before for before in names if before in stages] for name, names in needs.items()})

    def __iter__(self) -> Iterator[str]:
        return iter(self._graph)

    def __len__(self) -> int:
        return len(self._graph)

    def needs(self, stage: str) -> list[str]:
        """Return the stages whose outputs a stage reads."""
        return list(self._graph[stage])

    def downstream(self, stages: Iterable[str]) -> set[str]:
        """Return these stages and all that depend on them."""
        return {other for stage in stages for other in (stage, *networkx.ancestors(self._graph, stage))}

    def upstream(self, stages: Iterable[str]) -> set[str]:
        """Return these stages and all that they depend on."""
        return {other for stage in stages for other in (stage, *networkx.descendants(self._graph, stage))}

    def in_order(self) -> list[str]:
        """Return the stages in the order of `dvc repro`."""
        return list(networkx.dfs_postorder_nodes(self._graph))

    def longest_paths(self, seconds: Mapping[str, float]) -> dict[str, float]:
        """Return, for each stage in `seconds`, the duration of the longest chain of stages that begins with it."""
        longest: dict[str, float] = {}
        for stage in reversed(self.in_order()):
            after = max((longest[other] for other in self._graph.predecessors(stage)), default=0.0)
            longest[stage] = seconds.get(stage, 0.0) + after
        return {stage: longest[stage] for stage in seconds}

    def select(self, targets: Collection[str]) -> set[str]:
        """Return the stages that targets name; `train` selects every `train@…`. Raises UserError for unknown ones."""
        names = {target: {stage for stage in self if target in (stage, stage.partition("@")[0])} for target in targets}
        for target, stages in names.items():
            if not stages:
                kinds = dict.fromkeys(stage.partition("@")[0] for stage in self)
                raise UserError(f"{target!r} is not a stage of dvc.yaml; choose from {', '.join(kinds)}")
        return set().union(*names.values())
