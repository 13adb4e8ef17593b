"""Runs whose stages are short shell scripts: order, output, failures and signals."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from ended import has_ended

from hourglass.runner import commands
from hourglass.runner.graph import Graph
from hourglass.runner.processes import Processes
from hourglass.runner.runner import Run, run
from hourglass.runner.schedule import Schedule

GRAPH = Graph({"prepare": (), "train@a": ("prepare",), "train@b": ("prepare",), "compare": ("train@a", "train@b")})
Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """`start({"train@a": "exit 1"}, jobs=2)`: the finished run of these scripts; stages without one do nothing."""
    monkeypatch.chdir(tmp_path)

    def start(scripts: Mapping[str, str], jobs: int = 2) -> Run:
        monkeypatch.setattr(commands, "single_stage", lambda stage: ["sh", "-c", scripts.get(stage, "true")])
        schedule = Schedule(GRAPH, set(GRAPH), set(GRAPH), dict.fromkeys(GRAPH, 1.0) | {"train@b": 2.0})
        return run(schedule, jobs)

    return start


def test_all_stages_run_once_and_the_longest_first(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    script = "echo start >> log; sleep 0.1; echo end >> log"
    finished = start({"train@a": script, "train@b": script}, jobs=1)
    assert finished.status == 0
    assert Path("log").read_text().split() == ["start", "end"] * 2  # one after the other
    starts = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.endswith(" started")]
    assert starts == ["prepare", "train@b", "train@a", "compare"] == list(finished.usage)


def test_results_and_warnings_are_shown_and_routine_output_is_not(
    start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (
        "Running stage 'train@a':",
        "> python -m stages.train",
        *(f"a epoch {epoch}/8 loss 0.5 10 images/s" for epoch in range(1, 9)),
        "something about files",
        "a: test MSE 0.45",
        "warning: MLflow does not answer",
        "Updating lock file 'dvc.lock'",
    )
    start({"train@a": "\n".join(f'echo "{line}"' for line in lines)})
    shown = [line for line in capsys.readouterr().out.splitlines() if line in lines]
    assert shown == [lines[3], lines[5], lines[7], "a: test MSE 0.45", "warning: MLflow does not answer"]


def test_the_table_at_the_end_has_a_row_for_each_stage(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    start({"compare": "echo 'Stage is cached - skipping run, checking out outputs'"}, jobs=2)
    *_, heading, prepare, _, _, compare, total = capsys.readouterr().out.splitlines()
    assert heading.split() == ["stage", "wall,", "s", "CPU,", "s", "peak,", "MB"]
    assert prepare.split()[0] == "prepare"
    assert compare.rstrip().endswith("restored from DVC's cache")
    assert " with 2 at a time, " in total


def test_a_stage_that_another_dvc_process_blocks_is_retried(
    start: Start, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hourglass.runner.commands.RETRY_SECONDS", 0.1)
    blocked = "echo \"ERROR: 'models/b' is busy, it is being blocked by:\"; exit 255"
    finished = start({"train@b": f"echo >> tries; test $(wc -l < tries) -ge 3 || {{ {blocked}; }}"})
    assert finished.status == 0
    assert Path("tries").read_text() == "\n" * 3
    assert capsys.readouterr().out.count("train@b waits for another DVC process that uses the same files\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_all_its_processes(start: Start, number: int) -> None:
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]

    def strike() -> None:
        while not all(Path(file).exists() and Path(file).read_text() for file in ("a", "b")):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    threading.Thread(target=strike).start()
    closing = "trap 'touch closed; exit 1' INT; echo $$ > b; while :; do sleep 0.01; done"
    finished = start({"train@a": "sh -c 'echo $$ > a; sleep 60'; true", "train@b": closing})
    assert finished.status == 128 + number
    assert finished.message() == f"interrupted by {signal.Signals(number).name}; rerun the same command to resume"
    assert "compare" not in finished.schedule.running
    assert Path("closed").exists()  # a stage may end what it has begun
    for file in ("a", "b"):
        assert has_ended(int(Path(file).read_text()))
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == handlers


def test_an_ignored_interrupt_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    processes = Processes()
    try:
        with processes.signals_as_events():
            os.kill(os.getpid(), signal.SIGINT)
            assert processes.next_event(0.1) is None
    finally:
        signal.signal(signal.SIGINT, before)
