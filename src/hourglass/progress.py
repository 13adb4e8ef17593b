"""Progress display of a training run: a progress bar on a terminal, plain lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hourglass.training import EpochRecord


@contextmanager
def progress(name: str, epochs: int, console: Console | None = None) -> Iterator[Callable[[EpochRecord], None]]:
    """Yield a function that displays the MSE and the speed of an epoch, with a progress bar if `console` is a terminal.

    `name` labels the training run, and `epochs` is its total number of epochs.
    """
    console = console or Console()
    if not console.is_terminal:
        yield lambda record: console.print(f"{name} epoch {record.epoch}/{epochs} {_text(record)}", soft_wrap=True)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[text]}"))
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(name, total=epochs, text="")
        yield lambda record: bar.update(task, completed=record.epoch, text=_text(record))


def _text(record: EpochRecord) -> str:
    test = "" if record.test_mse is None else f" test {record.test_mse:.5f}"
    speed = "" if record.images_per_second is None else f" {record.images_per_second:,.0f} images/s"
    return f"loss {record.train_mse:.5f}{test}{speed}"
