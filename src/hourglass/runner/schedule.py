"""Which stage may start next. Independent of processes, DVC and the clock."""

from collections.abc import Collection, Mapping
from enum import Enum

from hourglass.runner.graph import Graph


class Outcome(Enum):
    """How a planned stage ended."""

    CHANGED = "changed"
    UNCHANGED = "outputs unchanged"
    FAILED = "FAILED"
    SKIPPED = "skipped: a dependency failed"


class Schedule:
    """Stages to run, each once its dependencies have ended, those with the longest remaining chain first.

    Stages downstream of a stale stage are planned too. One that is not stale itself is passed over if all its
    dependencies end with unchanged outputs.

    Args:
        graph: all stages.
        stale: stages that DVC finds out of date.
        selected: stages that may run at all.
        seconds: estimated duration of each stage.
    """

    def __init__(
        self, graph: Graph, stale: Collection[str], selected: Collection[str], seconds: Mapping[str, float]
    ) -> None:
        planned = graph.downstream(set(stale) & set(selected)) & set(selected)
        self.graph = graph
        self.stale = set(stale)
        self.planned = [stage for stage in graph.in_order() if stage in planned]
        self.outcomes: dict[str, Outcome] = {}
        self.running: set[str] = set()
        self._chain = graph.longest_paths({stage: seconds[stage] for stage in self.planned})

    @property
    def unfinished(self) -> list[str]:
        """Planned stages without an outcome."""
        return [stage for stage in self.planned if stage not in self.outcomes]

    def with_outcome(self, outcome: Outcome) -> list[str]:
        """Return the stages that ended in one way."""
        return [stage for stage, other in self.outcomes.items() if other is outcome]

    def next(self) -> str | None:
        """Return the stage to start now; None if there is none."""
        ready = [
            stage
            for stage in self.unfinished
            if stage not in self.running and all(self._succeeded(before) for before in self.graph.needs(stage))
        ]
        return max(ready, key=self._chain.__getitem__, default=None)

    def start(self, stage: str) -> None:
        """Record that a stage has started."""
        self.running.add(stage)

    def end(self, stage: str, outcome: Outcome) -> list[str]:
        """Record that a stage has ended. Return the stages that are thereby skipped or passed over."""
        self.running.discard(stage)
        self.outcomes[stage] = outcome
        return [other for other in self.unfinished if other not in self.running and self._decide(other)]

    def _succeeded(self, stage: str) -> bool:
        return stage not in self._chain or self.outcomes.get(stage) in (Outcome.CHANGED, Outcome.UNCHANGED)

    def _decide(self, stage: str) -> bool:
        needs = [self.outcomes.get(before) for before in self.graph.needs(stage) if before in self._chain]
        if any(outcome in (Outcome.FAILED, Outcome.SKIPPED) for outcome in needs):
            self.outcomes[stage] = Outcome.SKIPPED
        elif stage not in self.stale and all(outcome is Outcome.UNCHANGED for outcome in needs):
            self.outcomes[stage] = Outcome.UNCHANGED
        return stage in self.outcomes
