"""Progress of a run: bars on a terminal, plain lines elsewhere; and a table of what each stage took."""

import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from hourglass.runner.processes import End

# hourglass.progress prints these lines where the output is not a terminal
_EPOCH = re.compile(r"(?P<name>.+) epoch (?P<epoch>\d+)/(?P<epochs>\d+) (?P<text>.*)")


class Display:
    """Shows what happens in a run. Without a terminal, it prints a stage's epochs at each quarter."""

    def __init__(self, console: Console, total: int) -> None:
        self.console = console
        self._start = time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[text]}"),
            console=console,
            disable=not console.is_terminal or console.is_dumb_terminal,
            transient=True,
        )
        self._whole = self._bars.add_task("stages", total=total, text="")
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(text, soft_wrap=True, markup=False, highlight=False)

    def start(self, stage: str) -> None:
        """Show a stage as running."""
        self._tasks[stage] = self._bars.add_task(stage, total=None, text="")
        if self._bars.disable:
            self.say(f"{stage} started")

    def end(self, stage: str, done: int) -> None:
        """Stop showing a stage; `done` stages have ended so far."""
        if stage in self._tasks:
            self._bars.remove_task(self._tasks.pop(stage))
        self._bars.update(self._whole, completed=done)

    def read_epoch(self, stage: str, line: str) -> bool:
        """Show the epoch that a line reports; return False if it reports none."""
        epoch = _EPOCH.fullmatch(line)
        if epoch is None:
            return False
        number, total = int(epoch["epoch"]), int(epoch["epochs"])
        self._bars.update(self._tasks[stage], completed=number, total=total, text=epoch["text"])
        quarter = 4 * number // total
        if self._bars.disable and self._quarters.get(stage, 0) < quarter < 4:
            self._quarters[stage] = quarter
            self.say(line)
        return True


def clock(seconds: float) -> str:
    """Format seconds: `1:05`, `12:30` or `1:02:03`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def show_usage(console: Console, usage: Mapping[str, tuple[End, str]], wall_seconds: float, jobs: int) -> None:
    """Print a table of seconds and memory per stage, in the order in which the stages ended.

    Args:
        console: where to print.
        usage: by stage, its end and a description of its outcome.
        wall_seconds: duration of the whole run.
        jobs: stages at a time.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("stage", no_wrap=True)
    for heading in ("wall, s", "CPU, s", "peak, MB"):
        table.add_column(heading, justify="right")
    table.add_column("", overflow="fold")
    for stage, (end, outcome) in usage.items():
        table.add_row(stage, f"{end.wall_seconds:,.1f}", f"{end.cpu_seconds:,.1f}", f"{end.peak_mb:,.0f}", outcome)
    console.print(table)
    cpu = sum(end.cpu_seconds for end, _ in usage.values())
    console.print(f"{clock(wall_seconds)} with {jobs} at a time, {cpu:,.0f} s of CPU time", highlight=False)
