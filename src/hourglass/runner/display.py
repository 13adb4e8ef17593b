"""Progress display of a pipeline run, and a table of the time and memory used by each stage."""

import re
from collections.abc import Mapping
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from hourglass.runner.processes import End

# hourglass.progress prints these lines where the output is not a terminal
_EPOCH = re.compile(r".+ epoch (?P<epoch>\d+)/(?P<epochs>\d+) (?P<text>.*)")


class Display(Progress):
    """Progress bars of a pipeline run: one for all `total` stages, and one per running stage.

    Without a terminal, lines are printed at 25, 50 and 75 % of a stage's epochs.
    """

    def __init__(self, console: Console, total: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        text = TextColumn("{task.fields[text]}")
        plain = not console.is_terminal or console.is_dumb_terminal
        super().__init__(*columns, text, console=console, disable=plain, transient=True)
        self._whole = self.add_task("stages", total=total, text="")
        self._bars: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """Print a line of text above the progress bars."""
        self.console.print(text, soft_wrap=True, markup=False, highlight=False)

    def begin(self, stage: str) -> None:
        """Add a progress bar for a stage that has started."""
        self._bars[stage] = self.add_task(stage, total=None, text="")
        if self.disable:
            self.say(f"{stage} started")

    def end(self, stage: str, done: int) -> None:
        """Remove a stage's progress bar, and set the number of finished stages to `done`."""
        self.remove_task(self._bars.pop(stage))
        self.update(self._whole, completed=done)

    def read_epoch(self, stage: str, line: str) -> bool:
        """Update a stage's progress bar from a line of its output. Return whether the line reports a finished epoch."""
        epoch = _EPOCH.fullmatch(line)
        if epoch is None:
            return False
        number, total = int(epoch["epoch"]), int(epoch["epochs"])
        self.update(self._bars[stage], completed=number, total=total, text=epoch["text"])
        if self.disable and 4 * (number - 1) // total < 4 * number // total < 4:
            self.say(line)
        return True


def clock(seconds: float) -> str:
    """Format a duration in seconds as hours, minutes and seconds, such as `0:01:05`."""
    return str(timedelta(seconds=round(seconds)))


def show_usage(console: Console, usage: Mapping[str, tuple[End, str]], wall_seconds: float, jobs: int) -> None:
    """Print a table of the time, peak memory and outcome of each stage, followed by the total time of the run.

    `usage` holds the exit and the outcome text of each stage. `jobs` is the number of stages run at a time.
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
