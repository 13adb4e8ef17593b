"""How whatever is run with `python -m` ends: in words, with a status that tells, in any locale."""

import gc
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import stages

ROOT = Path(__file__).resolve().parents[1]
BEGIN = """
import os, signal, torch
from hourglass import signals
from hourglass.errors import UserError
signals.begin()
"""


def ends(tmp_path: Path, lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of these lines, run as `python -m`; output and errors come back together."""
    (tmp_path / "tried.py").write_text(f"{BEGIN}\n{lines}\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "tried"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


MENDABLE = {
    "what is wrong": ("raise UserError('seed is -1')", "error: seed is -1"),
    "a file that is not there": ("open('none')", "error: none: No such file or directory"),
    "a full disk": (
        "with open('/dev/full', 'w') as file: file.write('x')",
        "error: No space left on device; make room and give the same command again, what had finished is kept",
    ),
    "more memory than there is": (
        "torch.empty(10**15)",
        "error: not enough memory ([enforce fail at alloc_cpu.cpp:",
    ),
    "an object too large": ("bytearray(2**62)", "error: not enough memory (MemoryError); `make repro JOBS=1` runs"),
    "a full GPU": (
        "raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 1 GiB')",
        "error: not enough memory (CUDA out of memory. Tried to allocate 1 GiB); `make repro JOBS=1`",
    ),
}


@pytest.mark.parametrize(("lines", "sentence"), MENDABLE.values(), ids=MENDABLE)
def test_what_can_be_mended_is_one_sentence(tmp_path: Path, lines: str, sentence: str) -> None:
    ended = ends(tmp_path, lines)
    assert (ended.returncode, len(ended.stdout.splitlines())) == (1, 1), ended.stdout
    assert ended.stdout.startswith(sentence)


def test_what_only_a_programmer_can_mend_has_a_traceback(tmp_path: Path) -> None:
    ended = ends(tmp_path, "{}['key']")
    assert ended.returncode == 1
    assert "Traceback" in ended.stdout
    assert 'tried.py", line 7, in <module>' in ended.stdout
    assert ended.stdout.endswith("KeyError: 'key'\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_it_in_words_and_what_is_open_is_closed(tmp_path: Path, name: str) -> None:
    ended = ends(tmp_path, f"try: os.kill(os.getpid(), signal.{name}); signal.pause()\nfinally: print('closed')")
    assert ended.returncode == 128 + signal.Signals[name]
    assert (
        ended.stdout == f"closed\nended by {name}; nothing half-written is left, the same command goes on from here\n"
    )


def test_what_is_noted_on_a_signal_is_said_of_how_to_go_on(tmp_path: Path) -> None:
    lines = (
        "try: signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt as error: error.add_note('7 of 9'); raise"
    )
    assert ends(tmp_path, lines).stdout == "ended by SIGINT; 7 of 9\n"


def test_a_signal_that_was_ignored_stays_so(tmp_path: Path) -> None:
    lines = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprogram.begin()\nsignal.raise_signal(signal.SIGTERM)"
    ended = ends(tmp_path, f"{lines}\nprint('goes on')")
    assert (ended.returncode, ended.stdout) == (0, "goes on\n")


def test_a_locale_without_the_letter_is_no_obstacle(tmp_path: Path) -> None:
    ended = ends(tmp_path, "print('28×28 – ü')\nraise UserError('−1 ü')", LC_ALL="C", PYTHONUTF8="0")
    assert (ended.returncode, ended.stdout) == (1, "28\\xd728 \\u2013 \\xfc\nerror: \\u22121 \\xfc\n")


def test_a_stage_looks_for_garbage_once_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["-m"])
    monkeypatch.delenv("DVC_STAGE", raising=False)
    found: list[bool] = []
    gc.disable()  # as while it is imported
    try:
        stages.run(lambda: found.append(gc.isenabled()))
    finally:
        gc.unfreeze()
        gc.enable()
    assert found == [True]
