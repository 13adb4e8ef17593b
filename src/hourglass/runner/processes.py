"""Commands side by side: what they print and how they end as one stream of events, and a way to end them all.

Each is the head of a process group of its own: a Ctrl-C at the terminal reaches none of them by itself, and what is
sent to the group reaches all that it has started.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

GRACE_SECONDS = (10.0, 5.0, 5.0)
"""How long processes have to end after a SIGINT, then after a SIGTERM, then after a SIGKILL."""
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Line:
    """What a command printed, on standard output or standard error."""

    name: str
    text: str


@dataclass(frozen=True)
class End:
    """How a command ended. status: 0, or negative a signal. Of it and all that it waited for: wall and CPU seconds,
    and the largest resident memory of one process in 1e6 bytes (on Linux no less than this process itself holds)."""

    name: str
    status: int
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Interrupt:
    """This process itself was asked to end."""

    signal: int


Event = Line | End | Interrupt


class Processes:
    """The commands that run now."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        # unlike others, this queue may be put to in a signal handler
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._environment = environment
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, name: str, command: Sequence[str]) -> None:
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
        Thread(target=self._follow, args=(name, process, time.monotonic()), daemon=True).start()

    def interrupt(self, number: int) -> None:
        """To be told by a signal handler."""
        self._events.put(Interrupt(number))

    def next_event(self, timeout: float) -> Event | None:
        """The next thing that happened; None where nothing did for `timeout` seconds."""
        try:
            event = self._events.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(event, End):
            del self._running[event.name]
        return event

    def stop(self, grace_seconds: Sequence[float] = GRACE_SECONDS) -> None:
        """End all and wait for them: gently first, so that DVC gives back its locks and MLflow closes its runs."""
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
        for number, seconds in zip(signals, grace_seconds, strict=True):
            for process in self._running.values():
                if process.returncode is None:
                    with suppress(ProcessLookupError):  # it ends by itself at this moment
                        os.killpg(process.pid, number)
            deadline = time.monotonic() + seconds
            while self._running and time.monotonic() < deadline:
                self.next_event(0.05)

    def _follow(self, name: str, process: subprocess.Popen[str], start: float) -> None:
        """Pass on what a process prints until it and all that hold its output have ended."""
        assert process.stdout is not None
        with process.stdout as output:
            for line in output:
                self._events.put(Line(name, line.rstrip()))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        wall = time.monotonic() - start
        self._events.put(End(name, process.returncode, wall, cpu, usage.ru_maxrss * _MAXRSS_BYTES / 1e6))
