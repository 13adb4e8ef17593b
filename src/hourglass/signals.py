"""Error and signal handling for all `python -m` entry points: exit messages and exit codes."""

import os
import signal
import sys
import traceback
from types import FrameType, TracebackType
from typing import TextIO

from hourglass.errors import format_error, mask_secrets

RESUME = "rerun the same command to resume"


def install_handlers() -> None:
    """Install handlers that report errors and signals before exiting, and mask secrets in all output of the process.

    Call this function before slow imports, so that interruptions during imports are also reported.
    """
    sys.excepthook = _excepthook
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as by `make repro >&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  for the whole process
        # with LC_ALL=C, characters such as "–" would raise UnicodeEncodeError
        getattr(sys, name).reconfigure(errors="backslashreplace")
        _mask(getattr(sys, name))
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _raise)


def report(error: BaseException) -> int:
    """Print an error or interruption to stderr. Return the exit code: 1 for an error, or 128 plus the signal number."""
    if isinstance(error, KeyboardInterrupt):
        number = error.args[0] if error.args else signal.SIGINT
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a further Ctrl-C during the exit changes nothing
        print(f"interrupted by {signal.Signals(number).name}; {RESUME}", file=sys.stderr)
        return 128 + number
    if (message := format_error(error)) is None:
        traceback.print_exception(error)
    else:
        print(f"error: {mask_secrets(message)}", file=sys.stderr)
    return 1


def _mask(stream: TextIO) -> None:
    """Mask secrets in all text written to a stream, including messages and tracebacks from libraries."""
    write = stream.write
    setattr(stream, "write", lambda text: write(mask_secrets(text)))  # noqa: B010  mypy allows no assignment


def _excepthook(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    sys.exit(report(error))


def _raise(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the cleanup
    raise KeyboardInterrupt(number)
