"""Which stages a change makes run, and which beside them because what they left is not here. Knows nothing of DVC."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hourglass.runner.graph import Graph


@dataclass(frozen=True)
class Plan:
    """changed: out of date by themselves. following: these and what follows from them.

    remade: stages that run even where nothing that they need has changed, by what they left and others need.
    """

    graph: Graph
    changed: frozenset[str]
    following: frozenset[str]
    remade: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls,
        graph: Graph,
        changed: Collection[str],
        missing: Mapping[str, Collection[str]],
        reads: Mapping[str, Mapping[str, Collection[str]]],
    ) -> "Plan":
        """missing: results that are not here, by the stage that makes them. reads: what each stage reads of others.

        What follows from a stage that is remade is not planned: it runs only if that one ends differently, which the
        next plan then sees. One that only follows may be passed over: whoever runs in any case cannot count on it.
        """
        following = graph.downstream(changed)
        runs, remade = set(following), dict[str, tuple[str, ...]]()
        due = set(changed)
        for stage in reversed(graph.in_order()):
            if stage not in runs:
                continue
            for before in graph.needs[stage]:
                wanted = [path for path in reads[stage].get(before, ()) if path in missing.get(before, ())]
                if wanted and before not in changed and (before not in following or stage in due):
                    runs.add(before)
                    due.add(before)
                    remade[before] = tuple(dict.fromkeys((*remade.get(before, ()), *wanted)))
        return cls(graph, frozenset(changed), frozenset(following), remade)

    @property
    def stages(self) -> list[str]:
        """All that may run, in order; those that only follow need not, where what they need comes out as it was."""
        return [stage for stage in self.graph.in_order() if stage in self.following or stage in self.remade]

    @property
    def due(self) -> set[str]:
        """All that run whatever the others leave."""
        return {*self.changed, *self.remade}

    def minutes(self, seconds: Mapping[str, float], jobs: int) -> float:
        """Of wall time, at most: what there is to do, shared among the jobs, or the longest chain of stages."""
        own = {stage: seconds[stage] for stage in self.stages}
        return max(sum(own.values()) / jobs, *self.graph.longest_paths(own).values(), 0.0) / 60
