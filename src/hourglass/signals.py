"""Exit messages and exit codes for errors and signals of every `python -m` entry point."""

import signal
import sys
import traceback
from types import FrameType, TracebackType

from hourglass.errors import format_error

RESUME = "rerun the same command to resume"


class Terminated(KeyboardInterrupt):
    """Raised in the main thread when the process receives SIGTERM or SIGHUP."""

    def __init__(self, number: int) -> None:
        """Keep the number of the signal."""
        super().__init__(number)
        self.number = number


def install_handlers() -> None:
    """End this process with a one-line message on errors and signals. Call it first, before slow imports."""
    sys.excepthook = _excepthook
    for stream in (sys.stdout, sys.stderr):
        # with LC_ALL=C, characters such as "–" would raise UnicodeEncodeError
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _raise)


def report(error: BaseException) -> int:
    """Print why the process ends, and return its exit code: 1, or 128 plus the number of the signal.

    Notes added to the exception of a signal with `add_note` replace the hint on how to resume.
    """
    if isinstance(error, KeyboardInterrupt):
        number = error.number if isinstance(error, Terminated) else signal.SIGINT
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a further Ctrl-C during the exit changes nothing
        hint = "; ".join(getattr(error, "__notes__", ())) or RESUME
        print(f"interrupted by {signal.Signals(number).name}; {hint}", file=sys.stderr)
        return 128 + number
    if (message := format_error(error)) is None:
        traceback.print_exception(error)
    else:
        print(f"error: {message}", file=sys.stderr)
    return 1


def _excepthook(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    sys.exit(report(error))


def _raise(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the cleanup
    raise Terminated(number)
