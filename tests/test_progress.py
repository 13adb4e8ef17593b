"""Plain lines where the output is no terminal, a bar where it is."""

import io

import pytest
from rich.console import Console

from hourglass.progress import progress
from hourglass.training import EpochRecord

RECORDS = [EpochRecord(1, 0.0456789, {}, 0.05, 12_345.6), EpochRecord(2, 0.02, {}, None, 999.4)]


def _shown(console: Console) -> str:
    with progress("linear", 2, console) as show:
        for record in RECORDS:
            show(record)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_file_gets_one_plain_line_an_epoch() -> None:
    assert _shown(Console(file=io.StringIO(), width=20)).splitlines() == [
        "linear epoch 1/2 loss 0.04568 test 0.05000 12,346 images/s",
        "linear epoch 2/2 loss 0.02000 999 images/s",
    ]


def test_a_terminal_gets_a_bar() -> None:
    text = _shown(Console(file=io.StringIO(), force_terminal=True, width=120, color_system="standard"))
    assert "━" in text
    assert "\x1b[" in text
    assert "linear" in text
    assert "2/2" in text
    assert "loss 0.02000 999 images/s" in text


def test_without_a_console_the_standard_output_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("selu", 60) as show:
        show(RECORDS[0])
    assert capsys.readouterr().out == "selu epoch 1/60 loss 0.04568 test 0.05000 12,346 images/s\n"


def test_a_training_that_raises_leaves_the_terminal_in_order() -> None:
    file = io.StringIO()
    with pytest.raises(KeyboardInterrupt), progress("selu", 60, Console(file=file, force_terminal=True)):
        raise KeyboardInterrupt
    assert file.getvalue().rstrip("\n").endswith("\x1b[?25h")  # the cursor is shown again
