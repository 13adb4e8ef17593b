"""Output, usage and end of real processes."""

import signal
import subprocess
import sys

import pytest
from ended import has_ended

from hourglass.runner.processes import GRACE_SECONDS, End, Event, Line, Processes


def all_events(processes: Processes) -> list[Event]:
    events = []
    while processes:
        event = processes.next_event(10)
        assert event is not None
        events.append(event)
    return events


def test_both_outputs_are_read_until_the_end() -> None:
    processes = Processes()
    processes.start("a", ["sh", "-c", "echo out; echo err >&2; exit 3"])
    *lines, end = all_events(processes)
    assert lines == [Line("a", "out"), Line("a", "err")]
    assert isinstance(end, End)
    assert (end.name, end.status) == ("a", 3)
    assert processes.next_event(0) is None


def test_cpu_time_includes_grandchildren() -> None:
    work = "import time\nwhile time.process_time() < .2: pass"
    processes = Processes()
    processes.start("a", ["sh", "-c", f"'{sys.executable}' -c '{work}'; true"])
    (end,) = all_events(processes)
    assert isinstance(end, End)
    assert 0.2 <= end.cpu_seconds <= end.wall_seconds + 0.1


MEASURES = """
import sys
from hourglass.runner.processes import Processes
processes = Processes()
processes.start("a", ["sh", "-c", sys.executable + " -c 'bytes(1) * 100_000_000'; true"])
print(processes.next_event(20).peak_mb)
"""


def test_peak_memory_is_that_of_the_largest_process() -> None:
    # in a process of its own: Linux counts the memory of a parent as its child's
    done = subprocess.run([sys.executable, "-c", MEASURES], env={"PYTHONPATH": "src"}, capture_output=True, check=True)
    assert 100 < float(done.stdout) < 150


def test_no_process_survives_even_if_it_ignores_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        monkeypatch.setitem(GRACE_SECONDS, number, 0.1)
    processes = Processes()
    processes.start("a", ["sh", "-c", "trap '' INT TERM; sleep 60 & echo $!; wait; sleep 60"])
    line = processes.next_event(10)
    assert isinstance(line, Line)
    processes.stop()
    assert not processes
    assert has_ended(int(line.text))
