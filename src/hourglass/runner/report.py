"""What a run took: a table for the terminal, and the same figures as JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hourglass.files import write_json
from hourglass.runner.display import clock


@dataclass(frozen=True)
class Usage:
    """Of one stage, DVC's own work for it included. started: seconds after the run began. outcome: in words.

    peak_mb: the largest resident memory of one of its processes.
    """

    started: float
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    outcome: str


@dataclass
class Report:
    """A whole run. around: CPU seconds of this program and of the DVC commands that belong to no stage."""

    jobs: int
    cores: int
    stages: dict[str, Usage] = field(default_factory=dict)
    wall_seconds: float = 0.0
    around_cpu_seconds: float = 0.0

    @property
    def trainings(self) -> dict[str, Usage]:
        return {stage: usage for stage, usage in self.stages.items() if stage.startswith("train@")}

    @property
    def others(self) -> dict[str, Usage]:
        return {stage: usage for stage, usage in self.stages.items() if stage not in self.trainings}

    def figures(self) -> dict[str, Any]:
        """As they are written to a file."""
        return {
            "jobs": self.jobs,
            "cores": self.cores,
            "wall_seconds": round(self.wall_seconds, 2),
            "cpu_seconds": {
                "training": _cpu(self.trainings.values()),
                "other_stages": _cpu(self.others.values()),
                "around": round(self.around_cpu_seconds, 2),
            },
            "stages": {stage: _rounded(asdict(usage)) for stage, usage in self.stages.items()},
        }

    def write(self, path: Path) -> None:
        write_json(path, self.figures())

    def show(self, console: Console) -> None:
        """What each stage took, in the order in which they ended, then the sums."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("stage", no_wrap=True)
        for heading in ("wall, s", "CPU, s", "peak, MB"):
            table.add_column(heading, justify="right")
        table.add_column("", overflow="fold")
        for stage, usage in self.stages.items():
            figures = (f"{usage.wall_seconds:,.1f}", f"{usage.cpu_seconds:,.1f}", f"{usage.peak_mb:,.0f}")
            table.add_row(stage, *figures, usage.outcome)
        console.print(table)
        for line in self.sums():
            console.print(line, highlight=False, soft_wrap=True)

    def sums(self) -> list[str]:
        cpu = self.figures()["cpu_seconds"]
        return [
            f"trainings: {cpu['training']:,.0f} s of CPU time in {len(self.trainings)} stages",
            f"other stages: {cpu['other_stages']:,.0f} s in {len(self.others)}; around them {cpu['around']:,.0f} s",
            f"whole run: {clock(self.wall_seconds)} of wall time with {self.jobs} at a time",
        ]


def _cpu(usages: Iterable[Usage]) -> float:
    return round(sum(usage.cpu_seconds for usage in usages), 2)


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
