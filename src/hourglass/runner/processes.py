"""Parallel subprocesses whose output and exit status are reported as a single stream of events.

Each command runs in its own process group. Ctrl-C at the terminal therefore does not reach the command directly, and a
signal to the group also reaches all child processes of the command.
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

GRACE_SECONDS = {signal.SIGINT: 10.0, signal.SIGTERM: 5.0, signal.SIGKILL: 5.0}  # sent in this order
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Line:
    """Line of text printed by a command."""

    name: str
    text: str


@dataclass(frozen=True)
class End:
    """Exit of a command: status (negative after a signal), wall and CPU time in seconds, and peak memory in MB."""

    name: str
    status: int
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


Event = Line | End | signal.Signals
"""Output line or exit of a command, or a signal that asks this process to stop."""


class Processes:
    """Set of commands that run in parallel. Their output lines and exits are reported as events."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._events: SimpleQueue[Event] = SimpleQueue()  # unlike Queue safe in a signal handler
        self._environment = environment
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a command in the background. Its events carry the given name."""
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
        """Return the next event, or None if no event occurs within `timeout` seconds."""
        try:
            event = self._events.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(event, End):
            del self._running[event.name]
        return event

    def stop(self) -> None:
        """Stop all commands with SIGINT, followed if necessary by SIGTERM and SIGKILL, and wait for them to end.

        SIGINT comes first, so that DVC can release its locks and MLflow can end its runs.
        """
        for number, seconds in GRACE_SECONDS.items():
            for process in self._running.values():
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, number)
            deadline = time.monotonic() + seconds
            while self._running and time.monotonic() < deadline:
                self.next_event(0.05)

    @contextmanager
    def signals_as_events(self) -> Iterator[None]:
        """Convert SIGINT, SIGTERM, SIGHUP and SIGQUIT into events during the `with` block, except ignored signals."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        before = {number: signal.getsignal(number) for number in numbers}
        for number, handler in before.items():
            if handler != signal.SIG_IGN:
                signal.signal(number, lambda number, _: self._events.put(signal.Signals(number)))
            elif number == signal.SIGINT:  # background job: children would inherit SIG_IGN, but not a handler
                signal.signal(number, lambda *_: None)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _follow(self, name: str, process: subprocess.Popen[str], start: float) -> None:
        """Queue a `Line` event for each output line of a process, and an `End` event after it has exited."""
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self._events.put(Line(name, line.rstrip()))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall, cpu = time.monotonic() - start, usage.ru_utime + usage.ru_stime
        self._events.put(End(name, process.returncode, wall, cpu, usage.ru_maxrss * _MAXRSS_BYTES / 1e6))
