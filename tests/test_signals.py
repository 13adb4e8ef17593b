"""Errors and signals end a process with one line and a meaningful exit code."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from hourglass.errors import UserError, format_error

ROOT = Path(__file__).resolve().parents[1]
START = "import os, signal\nfrom hourglass import signals\nfrom hourglass.errors import UserError\n"
START += "signals.install_handlers()\n"


def _run(tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "program.py").write_text(START + code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "program"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def _allocate_too_much() -> None:
    torch.empty(10**15)


def _write_to_full_disk() -> None:
    with Path("/dev/full").open("w") as file:
        file.write("x")


def _fail(error: Exception) -> None:
    raise error


ERRORS = {
    "user error": (lambda: _fail(UserError("seed is -1")), "seed is -1"),
    "no permission": (
        lambda: _fail(PermissionError(13, "Permission denied", "there/file")),
        "there/file: Permission denied; write permission is needed for there/file and its folder there",
    ),
    "memory of a GPU": (
        lambda: _fail(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB\nmore")),
        "not enough memory (CUDA out of memory. Tried to allocate 1 GiB); run `make repro JOBS",
    ),
    "missing file": (lambda: Path("none").read_bytes(), "none: No such file or directory"),
    "full disk": (_write_to_full_disk, "No space left on device; free some space and rerun the same command"),
    "torch memory": (_allocate_too_much, "not enough memory ([enforce fail at alloc_cpu.cpp:"),
    "Python memory": (lambda: bytearray(2**62), "not enough memory (MemoryError); run `make repro JOBS=1`"),
}


def test_output_may_be_closed(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(f"{START}print('lost')\nraise UserError('seed is -1')\n")
    for closed, errors in ((">&-", "error: seed is -1\n"), (">&- 2>&-", "")):
        command = ["/bin/sh", "-c", f"exec {sys.executable} -m program {closed}"]
        done = subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (1, errors)


def test_a_file_that_an_experiment_lacks_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ImportError("cannot import name 'salt' from 'hourglass.corruptions'", name="hourglass.corruptions")
    assert format_error(error) is None
    monkeypatch.setenv("DVC_EXP_NAME", "dusty-toad")
    message = format_error(error)
    assert message is not None
    assert message.endswith("; DVC copies only files that git knows into an experiment, so run `git add` on new files")


@pytest.mark.parametrize("name", ERRORS)
def test_fixable_errors_are_one_line(name: str) -> None:
    cause, message = ERRORS[name]
    with pytest.raises(Exception) as caught:  # noqa: PT011
        cause()
    line = format_error(caught.value)
    assert line is not None
    assert line.startswith(message)
    assert len(line.splitlines()) == 1


def test_user_errors_exit_with_1_in_any_locale(tmp_path: Path) -> None:
    process = _run(tmp_path, "print('28×28 – ü')\nraise UserError('−1 ü')", LC_ALL="C", PYTHONUTF8="0")
    assert (process.returncode, process.stdout) == (1, "28\\xd728 \\u2013 \\xfc\nerror: \\u22121 \\xfc\n")


def test_other_errors_show_a_traceback(tmp_path: Path) -> None:
    process = _run(tmp_path, "{}['key']")
    assert process.returncode == 1
    assert "Traceback" in process.stdout
    assert process.stdout.endswith("KeyError: 'key'\n")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_run_cleanup_and_say_how_to_resume(tmp_path: Path, name: str) -> None:
    default = "default_int_handler" if name == "SIGINT" else "SIG_DFL"  # instead of what this process ignores
    setup = f"signal.signal(signal.{name}, signal.{default})\nsignals.install_handlers()"
    process = _run(
        tmp_path, f"{setup}\ntry: os.kill(os.getpid(), signal.{name}); signal.pause()\nfinally: print('closed')"
    )
    assert process.returncode == 128 + signal.Signals[name]
    assert process.stdout == f"closed\ninterrupted by {name}; rerun the same command to resume\n"


def test_ignored_signals_stay_ignored(tmp_path: Path) -> None:
    code = (
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\nsignals.install_handlers()\nsignal.raise_signal(signal.SIGHUP)"
    )
    process = _run(tmp_path, f"{code}\nprint('continues')")
    assert (process.returncode, process.stdout) == (0, "continues\n")
