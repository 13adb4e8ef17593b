"""Real processes, short ones: their output, their figures, their end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ended import has_ended

from hourglass.runner.processes import End, Event, Interrupt, Line, Processes


def _all_events(processes: Processes) -> list[Event]:
    events = []
    while processes:
        event = processes.next_event(10)
        assert event is not None
        events.append(event)
    return events


def test_lines_come_from_both_outputs_and_then_the_end() -> None:
    processes = Processes()
    processes.start("a", ["sh", "-c", "echo out; echo err >&2; exit 3"])
    *lines, end = _all_events(processes)
    assert lines == [Line("a", "out"), Line("a", "err")]
    assert isinstance(end, End)
    assert (end.name, end.status) == ("a", 3)


def test_two_run_at_the_same_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # either side waits for the other
    processes = Processes()
    processes.start("reads", ["sh", "-c", f"cat {tmp_path / 'pipe'}"])
    processes.start("writes", ["sh", "-c", f"echo hello > {tmp_path / 'pipe'}"])
    events = _all_events(processes)
    assert Line("reads", "hello") in events
    assert {event.name for event in events if isinstance(event, End) and event.status == 0} == {"reads", "writes"}


def test_work_of_grandchildren_counts() -> None:
    work = "import time\nwhile time.process_time() < .2: pass"
    processes = Processes()
    processes.start("a", ["sh", "-c", f"'{sys.executable}' -c '{work}'; true"])
    (end,) = _all_events(processes)
    assert isinstance(end, End)
    assert 0.2 <= end.cpu_seconds <= end.wall_seconds + 0.1


MEASURES = """
import sys
from hourglass.runner.processes import Processes
processes = Processes()
processes.start("a", ["sh", "-c", sys.executable + " -c 'bytes(1) * 100_000_000'; true"])
print(processes.next_event(10).peak_mb)
"""


def test_the_largest_memory_is_that_of_the_largest_process() -> None:
    # a process of its own does the measuring: Linux counts what a parent holds to its child
    measured = subprocess.run(
        [sys.executable, "-c", MEASURES], env={"PYTHONPATH": "src"}, capture_output=True, check=True
    )
    assert 100 < float(measured.stdout) < 150


def test_stopped_processes_are_told_gently_first() -> None:
    processes = Processes()
    processes.start("a", ["sh", "-c", "trap 'echo closing; exit 1' INT; echo ready; while :; do sleep 0.01; done"])
    assert processes.next_event(10) == Line("a", "ready")
    start = time.monotonic()
    processes.stop()
    assert not processes
    assert time.monotonic() - start < 5


def test_none_is_left_whatever_it_does_against_it() -> None:
    processes = Processes()
    processes.start("a", ["sh", "-c", "trap '' INT TERM; sleep 60 & echo $!; wait; sleep 60"])
    line = processes.next_event(10)
    assert isinstance(line, Line)
    processes.stop(grace_seconds=(0.1, 0.1, 5))
    assert not processes
    assert has_ended(int(line.text))


def test_an_interrupt_is_an_event_like_others() -> None:
    processes = Processes()
    processes.interrupt(signal.SIGTERM)
    assert processes.next_event(1) == Interrupt(signal.SIGTERM)
    assert processes.next_event(0) is None


def test_a_command_that_is_not_there_is_an_error_at_once() -> None:
    processes = Processes()
    with pytest.raises(FileNotFoundError):
        processes.start("a", ["no-such-command"])
    assert not processes
