"""Scheduler that selects the next stage to start. It does not depend on processes, DVC or the clock."""

from collections.abc import Collection, Mapping
from enum import Enum

from hourglass.runner.graph import Graph


class Outcome(Enum):
    """Outcome of a planned stage."""

    CHANGED = "changed"
    UNCHANGED = "outputs unchanged"
    FAILED = "FAILED"
    SKIPPED = "skipped: a dependency failed"


class Schedule:
    """Schedule of stages to run. A stage is ready once its dependencies have succeeded.

    Stages downstream of a stale stage are planned too. A planned stage that is not stale itself runs only if the
    outputs of at least one of its dependencies have changed. Ready stages that begin the longest paths start first.

    Args:
        graph: dependency graph of all stages.
        stale: stages that DVC reports as out of date.
        selected: stages that are allowed to run.
        seconds: estimated durations in seconds, keyed by stage.
    """

    def __init__(
        self, graph: Graph, stale: Collection[str], selected: Collection[str], seconds: Mapping[str, float]
    ) -> None:
        planned = graph.downstream(set(stale) & set(selected)) & set(selected)
        self.graph, self.stale = graph, stale
        self.planned = [stage for stage in graph.in_order() if stage in planned]
        self.outcomes: dict[str, Outcome] = {}
        self.running: set[str] = set()
        self._chain = graph.longest_paths({stage: seconds[stage] for stage in self.planned})

    def with_outcome(self, outcome: Outcome) -> list[str]:
        """Return the stages that ended with the given outcome."""
        return [stage for stage, other in self.outcomes.items() if other is outcome]

    def next(self) -> str | None:
        """Return the stage to start next, or None if no stage is ready."""
        succeeded = (Outcome.CHANGED, Outcome.UNCHANGED)
        ready = [stage for stage in self._waiting() if all(need in succeeded for need in self._needs(stage))]
        return max(ready, key=self._chain.__getitem__, default=None)

    def start(self, stage: str) -> None:
        """Record that a stage has started."""
        self.running.add(stage)

    def end(self, stage: str, outcome: Outcome) -> None:
        """Record the outcome of a stage, and mark stages that will therefore not run as skipped or unchanged."""
        self.running.discard(stage)
        self.outcomes[stage] = outcome
        for other in self._waiting():
            needs = self._needs(other)
            if Outcome.FAILED in needs or Outcome.SKIPPED in needs:
                self.outcomes[other] = Outcome.SKIPPED
            elif other not in self.stale and all(need is Outcome.UNCHANGED for need in needs):
                self.outcomes[other] = Outcome.UNCHANGED

    def _waiting(self) -> list[str]:
        return [stage for stage in self.planned if stage not in self.outcomes and stage not in self.running]

    def _needs(self, stage: str) -> list[Outcome | None]:
        """Return the outcome of each planned dependency of a stage, or None for a dependency that has not ended."""
        return [self.outcomes.get(before) for before in self.graph[stage] if before in self._chain]
