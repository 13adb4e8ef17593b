"""Plain lines without a terminal, a bar on a terminal."""

import io
from contextlib import suppress

from rich.console import Console

from hourglass.progress import progress
from hourglass.training import EpochRecord

RECORDS = [EpochRecord(1, 0.0456789, {}, 0.05, 12_345.6), EpochRecord(2, 0.02, {}, None, 999.4)]


def test_a_file_gets_one_line_per_epoch() -> None:
    file = io.StringIO()
    with progress("linear", 2, Console(file=file, width=20)) as show:
        for record in RECORDS:
            show(record)
    assert file.getvalue().splitlines() == [
        "linear epoch 1/2 loss 0.04568 test 0.05000 12,346 images/s",
        "linear epoch 2/2 loss 0.02000 999 images/s",
    ]


def test_a_terminal_gets_a_bar_and_its_cursor_back_after_an_error() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=120, color_system="standard")
    with suppress(KeyboardInterrupt), progress("linear", 3, console) as show:
        show(RECORDS[1])
        raise KeyboardInterrupt
    for part in ("━", "linear", "2/3", "loss 0.02000 999 images/s"):
        assert part in file.getvalue()
    assert file.getvalue().rstrip("\n").endswith("\x1b[?25h")
