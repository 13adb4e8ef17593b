"""Which stage needs which, as DVC sees it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hourglass.errors import UserError

# a line of `dvc dag --dot`: a stage, or a stage and one that needs it
_NODE = re.compile(r'^"(?P<stage>[^"]+)";$', re.MULTILINE)
_EDGE = re.compile(r'^"(?P<before>[^"]+)" -> "(?P<after>[^"]+)";$', re.MULTILINE)


@dataclass(frozen=True)
class Graph:
    """needs: for each stage, in the order of dvc.yaml, the stages whose outputs it reads."""

    needs: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, dot: str) -> "Graph":
        """The graph as `dvc dag --dot` prints it."""
        stages = [found["stage"] for found in _NODE.finditer(dot)]
        edges = {(found["before"], found["after"]) for found in _EDGE.finditer(dot)}
        return cls({stage: tuple(before for before in stages if (before, stage) in edges) for stage in stages})

    def __iter__(self) -> Iterator[str]:
        return iter(self.needs)

    def needed_by(self, stage: str) -> list[str]:
        """The stages that read an output of this one."""
        return [other for other, needs in self.needs.items() if stage in needs]

    def downstream(self, stages: Iterable[str]) -> set[str]:
        """These stages and all that follow from them."""
        found = set(stages)
        for stage in self.in_order():
            if found.intersection(self.needs[stage]):
                found.add(stage)
        return found

    def upstream(self, stages: Iterable[str]) -> set[str]:
        """These stages and all that they follow from."""
        found = set(stages)
        for stage in reversed(self.in_order()):
            if stage in found:
                found.update(self.needs[stage])
        return found

    def in_order(self) -> list[str]:
        """Every stage after what it needs, otherwise as listed: the order in which `dvc repro` goes through them."""
        ordered: dict[str, None] = {}

        def visit(stage: str) -> None:
            if stage not in ordered:
                for before in self.needs[stage]:
                    visit(before)
                ordered[stage] = None

        for stage in self.needs:
            visit(stage)
        return list(ordered)

    def longest_paths(self, seconds: Mapping[str, float]) -> dict[str, float]:
        """For each stage in `seconds`, how long it and the longest chain of stages that follow from it take.

        seconds: of each stage that is to run; the others take no time.
        """
        longest: dict[str, float] = {}
        for stage in reversed(self.in_order()):
            after = max((longest[other] for other in self.needed_by(stage)), default=0.0)
            longest[stage] = seconds.get(stage, 0.0) + after
        return {stage: longest[stage] for stage in seconds}

    def named(self, targets: Collection[str]) -> set[str]:
        """The stages that the targets name; `train` names every `train@…`. Raises UserError for one that names none."""
        stages: set[str] = set()
        for target in targets:
            found = {stage for stage in self.needs if target in (stage, stage.partition("@")[0])}
            if not found:
                kinds = dict.fromkeys(stage.partition("@")[0] for stage in self.needs)
                raise UserError(f"{target!r} is no stage of dvc.yaml; it has {', '.join(kinds)}")
            stages |= found
        return stages
