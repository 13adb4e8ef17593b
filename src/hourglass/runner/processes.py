"""Commands that run in parallel: their output and exit as one stream of events, and a way to stop them all.

Each command leads a process group of its own: Ctrl-C at the terminal does not reach it by itself, and a signal to the
group reaches everything that it has started.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

GRACE_SECONDS = (10.0, 5.0, 5.0)  # after SIGINT, SIGTERM and SIGKILL
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Line:
    """A line that a command printed."""

    name: str
    text: str


@dataclass(frozen=True)
class End:
    """How a command ended: exit status (negative if killed by a signal), duration in seconds, peak memory in MB."""

    name: str
    status: int
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


Event = Line | End | signal.Signals
"""A signal is one that asked this process to stop."""


class Processes:
    """The commands that are running."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()  # unlike Queue safe in a signal handler
        self._environment = environment
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a command; its events carry the name."""
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            start_new_session=True,
        )
        self._running[name] = process
        Thread(target=self._follow, args=(name, process, start), daemon=True).start()

    def next_event(self, timeout: float) -> Event | None:
        """Return the next event; None after `timeout` seconds without one."""
        try:
            event = self._events.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(event, End):
            del self._running[event.name]
        return event

    def stop(self, grace_seconds: Sequence[float] = GRACE_SECONDS) -> None:
        """Stop all commands and wait: gently first, so that DVC releases its locks and MLflow ends its runs."""
        for number, seconds in zip((signal.SIGINT, signal.SIGTERM, signal.SIGKILL), grace_seconds, strict=True):
            for process in self._running.values():
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, number)
            deadline = time.monotonic() + seconds
            while self._running and time.monotonic() < deadline:
                self.next_event(0.05)

    @contextmanager
    def signals_as_events(self) -> Iterator[None]:
        """Turn signals that ask this process to stop into events while the block lasts."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        before = {number: signal.getsignal(number) for number in numbers}
        for number, handler in before.items():
            if handler != signal.SIG_IGN:
                signal.signal(number, lambda number, _: self._events.put(signal.Signals(number)))
            elif number == signal.SIGINT:  # of a background job: a handler, as children would inherit the ignoring
                signal.signal(number, lambda *_: None)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _follow(self, name: str, process: subprocess.Popen[str], start: float) -> None:
        """Queue what a process prints until it and all holders of its output have ended."""
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self._events.put(Line(name, line.rstrip()))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        self._events.put(End(name, process.returncode, wall, cpu, usage.ru_maxrss * _MAXRSS_BYTES / 1e6))
