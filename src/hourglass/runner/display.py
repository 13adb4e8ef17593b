"""Progress of a run: bars on a terminal, plain lines elsewhere; and a table of what each stage took."""

import re
from collections.abc import Mapping
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from hourglass.runner.processes import End

# hourglass.progress prints these lines where the output is not a terminal
_EPOCH = re.compile(r"(?P<name>.+) epoch (?P<epoch>\d+)/(?P<epochs>\d+) (?P<text>.*)")


class Display(Progress):
    """Bars for the running stages and the whole run. Without a terminal, it prints each stage's epochs at quarters."""

    def __init__(self, console: Console, total: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        text = TextColumn("{task.fields[text]}")
        plain = not console.is_terminal or console.is_dumb_terminal
        super().__init__(*columns, text, console=console, disable=plain, transient=True)
        self._whole = self.add_task("stages", total=total, text="")
        self._bars: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(text, soft_wrap=True, markup=False, highlight=False)

    def begin(self, stage: str) -> None:
        """Show a stage as running."""
        self._bars[stage] = self.add_task(stage, total=None, text="")
        if self.disable:
            self.say(f"{stage} started")

    def end(self, stage: str, done: int) -> None:
        """Stop showing a stage; `done` stages have ended so far."""
        self.remove_task(self._bars.pop(stage))
        self.update(self._whole, completed=done)

    def read_epoch(self, stage: str, line: str) -> bool:
        """Show the epoch that a line reports; return False if it reports none."""
        epoch = _EPOCH.fullmatch(line)
        if epoch is None:
            return False
        number, total = int(epoch["epoch"]), int(epoch["epochs"])
        self.update(self._bars[stage], completed=number, total=total, text=epoch["text"])
        if self.disable and 4 * (number - 1) // total < 4 * number // total < 4:
            self.say(line)
        return True


def clock(seconds: float) -> str:
    """Format seconds as `0:01:05`."""
    return str(timedelta(seconds=round(seconds)))


def show_usage(console: Console, usage: Mapping[str, tuple[End, str]], wall_seconds: float, jobs: int) -> None:
    """Print a table of each stage's seconds, peak memory and outcome, and what the whole run took."""
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
