"""Stages affected by a change, according to `dvc status`. Missing files alone do not count as a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hourglass.runner import commands
from hourglass.runner.graph import Graph

MISSING = ("deleted", "not in cache")


@dataclass(frozen=True)
class Changes:
    """Affected stages and missing outputs, as reported by `dvc status`.

    Attributes:
        reasons: changed dependencies and outputs, plus `changed command` if the command changed, keyed by stage.
        missing: stages with outputs that are missing from the workspace or from DVC's cache.
    """

    reasons: Mapping[str, list[str]]
    missing: frozenset[str]

    @classmethod
    def load(cls) -> "Changes":
        """Create an instance from the output of `dvc status`. Stages that only lack files do not count as affected."""
        changed: dict[str, list[str]] = {}
        absent: dict[str, list[str]] = {}
        for stage, entries in commands.status().items():
            changed[stage], absent[stage] = [], []
            for entry in entries:
                kinds = entry if isinstance(entry, dict) else {"changed command": {entry: ""}}
                for kind, paths in kinds.items():
                    changed[stage] += [path for path, why in paths.items() if why not in MISSING]
                    if kind == "changed outs":
                        absent[stage] += [path for path, why in paths.items() if why in MISSING]
        # a folder with missing parts is not a change: the stages that write the parts are listed themselves
        partial = {str(parent) for paths in absent.values() for path in paths for parent in Path(path).parents}
        reasons = {stage: [path for path in paths if path not in partial] for stage, paths in changed.items()}
        missing = frozenset(stage for stage, paths in absent.items() if paths)
        return cls({stage: paths for stage, paths in reasons.items() if paths}, missing)

    def to_run(self, graph: Graph) -> tuple[set[str], set[str]]:
        """Return two sets: the stages that will certainly run, and all stages that might run.

        An affected stage always runs, and so does a stage that has to regenerate a missing input of another stage. A
        stage downstream of an affected stage might run: it is skipped if its dependencies turn out to be unchanged.
        """
        selected, certain = graph.downstream(self.reasons), set(self.reasons)
        for stage in reversed(graph.in_order()):
            if stage in selected:
                needed = self.missing.intersection(graph[stage]) - selected
                selected |= needed
                certain |= needed
        return certain, selected
