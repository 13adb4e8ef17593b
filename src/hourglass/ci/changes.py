"""Stages that a change affects, by `dvc status`, whether or not their outputs are here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hourglass.runner import commands
from hourglass.runner.graph import Graph

MISSING = ("deleted", "not in cache")


@dataclass(frozen=True)
class Changes:
    """What `dvc status` reports.

    Attributes:
        reasons: for each affected stage, its changed dependencies and outputs, or `changed command`.
        missing: stages with outputs that are neither here nor in DVC's cache.
    """

    reasons: Mapping[str, list[str]]
    missing: frozenset[str]

    @classmethod
    def load(cls) -> "Changes":
        """Run `dvc status`. A dependency or output that is only missing does not make a stage affected."""
        read = {stage: _read(entries) for stage, entries in commands.status().items()}
        absent = {path for _, paths in read.values() for path in paths}
        # the stages that write a folder are examined themselves: that parts of it are missing is no change
        reasons = {
            stage: kept
            for stage, (changed, _) in read.items()
            if (kept := [path for path in changed if not any(one.startswith(f"{path}/") for one in absent)])
        }
        return cls(reasons, frozenset(stage for stage, (_, paths) in read.items() if paths))

    def to_run(self, graph: Graph) -> tuple[set[str], set[str]]:
        """Return the stages that will certainly run, and all stages that might run.

        An affected stage always runs, and so does a stage that has to regenerate a missing output for it. A stage
        downstream of an affected one might run: it is skipped if its dependencies turn out unchanged.
        """
        selected, certain = graph.downstream(self.reasons), set(self.reasons)
        for stage in reversed(graph.in_order()):
            if stage in selected:
                needed = {before for before in graph.needs(stage) if before in self.missing and before not in selected}
                selected |= needed
                certain |= needed
        return certain, selected


def _read(entries: list[Any]) -> tuple[list[str], list[str]]:
    """Return the changes of one stage, and its missing outputs."""
    changed: list[str] = []
    absent: list[str] = []
    for entry in entries:
        if not isinstance(entry, dict):
            changed.append(str(entry))
            continue
        for kind, paths in entry.items():
            changed += [path for path, status in paths.items() if status not in MISSING]
            if kind == "changed outs":
                absent += [path for path, status in paths.items() if status in MISSING]
    return changed, absent
