"""Plain lines without a terminal, a bar on a terminal."""

import io

import pytest
from rich.console import Console

from hourglass.progress import progress
from hourglass.training import EpochRecord

RECORDS = [EpochRecord(1, 0.0456789, {}, 0.05, 12_345.6), EpochRecord(2, 0.02, {}, None, 999.4)]


def _output(console: Console) -> str:
    with progress("linear", 2, console) as show:
        for record in RECORDS:
            show(record)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_file_gets_one_line_per_epoch() -> None:
    assert _output(Console(file=io.StringIO(), width=20)).splitlines() == [
        "linear epoch 1/2 loss 0.04568 test 0.05000 12,346 images/s",
        "linear epoch 2/2 loss 0.02000 999 images/s",
    ]


def test_a_terminal_gets_a_bar() -> None:
    text = _output(Console(file=io.StringIO(), force_terminal=True, width=120, color_system="standard"))
    for part in ("━", "\x1b[", "linear", "2/2", "loss 0.02000 999 images/s"):
        assert part in text


def test_the_cursor_is_shown_again_after_an_error() -> None:
    file = io.StringIO()
    with pytest.raises(KeyboardInterrupt), progress("selu", 60, Console(file=file, force_terminal=True)):
        raise KeyboardInterrupt
    assert file.getvalue().rstrip("\n").endswith("\x1b[?25h")
