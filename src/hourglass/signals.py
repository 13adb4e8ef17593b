"""How whatever is run with `python -m` ends: what the user can mend is one sentence, and so is a signal."""

import signal
import sys
import traceback
from types import FrameType, TracebackType

from hourglass.errors import in_words

GO_ON = "nothing half-written is left, the same command goes on from here"


class Ended(KeyboardInterrupt):
    """A signal other than Ctrl-C's asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def begin() -> None:
    """To be called first: from here on, imports included, the process ends in words, in whatever locale it runs."""
    sys.excepthook = _last
    for stream in (sys.stdout, sys.stderr):
        # `LC_ALL=C` knows no "–": better an escape than an end
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # what is ignored stays so: that is how nohup works
            signal.signal(number, _raise)


def end(error: BaseException) -> int:
    """Say why the process ends. Returns its exit status: 1, or 128 and the number of the signal that ended it.

    What is noted on a signal's exception, with `add_note`, is said in the place of the usual words on how to go on.
    """
    if (number := _signal(error)) is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt
        notes = "; ".join(getattr(error, "__notes__", ())) or GO_ON
        print(f"ended by {signal.Signals(number).name}; {notes}", file=sys.stderr)
        return 128 + number
    if (sentence := in_words(error)) is None:
        traceback.print_exception(error)
    else:
        print(f"error: {sentence}", file=sys.stderr)
    return 1


def _signal(error: BaseException) -> int | None:
    if isinstance(error, Ended):
        return error.number
    return signal.SIGINT if isinstance(error, KeyboardInterrupt) else None


def _last(_kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    sys.exit(end(error))


def _raise(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the cleaning up
    raise Ended(number)
