"""What may run next. Knows nothing of processes, DVC or the clock."""

from collections.abc import Collection, Mapping
from enum import Enum

from hourglass.runner.graph import Graph


class Outcome(Enum):
    """What became of a stage."""

    CHANGED = "changed"  # it left other outputs than were there before
    UNCHANGED = "unchanged"  # it left the same outputs, or need not start
    FAILED = "failed"
    NOT_STARTED = "not started"  # what it needs has failed


class Schedule:
    """The stages that are to run, each once what it needs has ended, those with the longest way to go first.

    stale: stages that DVC finds out of date. Those that follow from them are planned too, but a stage that is not
    stale itself is passed over where everything it needs came out as it was.
    wanted: stages that may run at all. seconds: estimated, of each stage.
    """

    def __init__(
        self, graph: Graph, stale: Collection[str], wanted: Collection[str], seconds: Mapping[str, float]
    ) -> None:
        planned = graph.downstream(set(stale) & set(wanted)) & set(wanted)
        self.graph = graph
        self.stale = set(stale)
        self.planned = [stage for stage in graph.in_order() if stage in planned]
        self.outcomes: dict[str, Outcome] = {}
        self.running: set[str] = set()
        self._way_to_go = graph.longest_paths({stage: seconds[stage] for stage in self.planned})

    @property
    def unfinished(self) -> list[str]:
        """What runs or has yet to."""
        return [stage for stage in self.planned if stage not in self.outcomes]

    def next(self) -> str | None:
        """Of the stages that may start now, the one with the longest way to go; None where none may."""
        ready = [
            stage
            for stage in self.unfinished
            if stage not in self.running and all(self._settled(before) for before in self.graph.needs[stage])
        ]
        return max(ready, key=self._way_to_go.__getitem__, default=None)

    def start(self, stage: str) -> None:
        self.running.add(stage)

    def end(self, stage: str, outcome: Outcome) -> list[str]:
        """A stage that ran has ended. Returns the stages that are decided by it: not to be started, or passed over."""
        self.running.discard(stage)
        self.outcomes[stage] = outcome
        if outcome is Outcome.FAILED:
            decided = self.graph.downstream({stage}) - {stage}
        else:
            decided = set(self.planned) if outcome is Outcome.UNCHANGED else set()
        return [other for other in self.unfinished if other in decided and self._decide(other)]

    def _settled(self, stage: str) -> bool:
        return stage not in self._way_to_go or self.outcomes.get(stage) in (Outcome.CHANGED, Outcome.UNCHANGED)

    def _decide(self, stage: str) -> bool:
        """Decide on a stage without running it, where its needs have decided: they are gone through in order."""
        needs = [self.outcomes.get(before) for before in self.graph.needs[stage] if before in self._way_to_go]
        if any(outcome in (Outcome.FAILED, Outcome.NOT_STARTED) for outcome in needs):
            self.outcomes[stage] = Outcome.NOT_STARTED
        elif stage not in self.stale and all(outcome is Outcome.UNCHANGED for outcome in needs):
            self.outcomes[stage] = Outcome.UNCHANGED
        return stage in self.outcomes
