"""How a run shows: plain lines, or a table that moves where the output is a terminal."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hourglass.runner.progress import Progress, Running

QUARTERS = 4


class Display(AbstractContextManager["Display", None], Protocol):
    """What a run tells to whoever watches it."""

    def say(self, text: str) -> None:
        """A line that stays."""

    def started(self, stage: str) -> None: ...

    def advanced(self, running: Running) -> None:
        """A stage has ended an epoch."""

    def ticked(self) -> None:
        """A moment has passed."""


class Plain(Display):
    """One line when a stage starts, and one at each quarter of its epochs; no control codes."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._quarters: dict[str, int] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def started(self, stage: str) -> None:
        self.say(f"{stage} starts")

    def advanced(self, running: Running) -> None:
        quarter = int(running.share * QUARTERS)
        if not self._quarters.get(running.name, 0) < quarter < QUARTERS:
            return
        self._quarters[running.name] = quarter
        left = self._progress.seconds_left()
        whole = "" if left is None else f"; {clock(left)} left of the whole run"
        self.say(f"{running.name} epoch {running.epoch}/{running.epochs} {running.text}{whole}")

    def ticked(self) -> None:
        pass


class TrainingState(Display):
    """A line for each running stage and one for the whole, below what is said."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._progress = progress
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        self._live.console.print(text, markup=False, highlight=False)

    def started(self, stage: str) -> None:
        self.ticked()

    def advanced(self, running: Running) -> None:
        self.ticked()

    def ticked(self) -> None:
        self._live.update(picture(self._progress), refresh=True)


def on(console: Console, progress: Progress) -> Display:
    """The display that suits the console."""
    moves = console.is_terminal and not console.is_dumb_terminal
    return TrainingState(console, progress) if moves else Plain(console, progress)


def picture(progress: Progress) -> RenderableType:
    """The state of a run, a line each for its running stages and one for the whole."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(width=20)
    table.add_column(no_wrap=True, ratio=1)
    table.add_column(no_wrap=True, justify="right")
    now = progress.clock()
    for running in progress.running.values():
        bar = ProgressBar(total=running.epochs or None, completed=running.epoch, pulse=not running.epochs)
        epochs = f"{running.epoch}/{running.epochs} " if running.epochs else ""
        left = running.seconds_left(now)
        time = f"{clock(now - running.started)} so far" if left is None else f"{clock(left)} left"
        table.add_row(running.name, bar, Text(epochs + running.text, overflow="ellipsis"), time)
    left = progress.seconds_left()
    left_text = "" if left is None else f"about {clock(left)} left"
    done, total = len(progress.done), len(progress.seconds)
    bar = ProgressBar(total=total, completed=done)
    table.add_row(f"{done} of {total} stages", bar, f"{clock(progress.elapsed)} so far", left_text, style="bold")
    return Group(Text(), table)


def clock(seconds: float) -> str:
    """1:05, 12:30, 1:02:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
