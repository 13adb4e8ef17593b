"""Stages as a few milliseconds of shell: what runs, what is said, what is left when it goes wrong."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pytest
from ended import has_ended

from hourglass.runner.display import Display
from hourglass.runner.graph import Graph
from hourglass.runner.processes import Processes
from hourglass.runner.progress import Progress, Running
from hourglass.runner.report import Report
from hourglass.runner.runner import Runner, telling
from hourglass.runner.schedule import Schedule

GRAPH = Graph({"prepare": (), "train@a": ("prepare",), "train@b": ("prepare",), "compare": ("train@a", "train@b")})


class Heard(Display):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.starts: list[str] = []
        self.epochs: list[tuple[str, int, int]] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)

    def started(self, stage: str) -> None:
        self.starts.append(stage)

    def advanced(self, running: Running) -> None:
        self.epochs.append((running.name, running.epoch, running.epochs))

    def ticked(self) -> None:
        pass


MakeRunner = Callable[..., Runner]


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRunner:
    """`runner({"train@a": "exit 1"}, jobs=2)`: a runner whose stages are these lines of shell, by default `true`."""
    monkeypatch.chdir(tmp_path)

    def make(scripts: Mapping[str, str], jobs: int = 2) -> Runner:
        seconds = dict.fromkeys(GRAPH, 1.0) | {"train@b": 2.0}
        schedule = Schedule(GRAPH, set(GRAPH), set(GRAPH), seconds)
        progress = Progress(GRAPH, {stage: seconds[stage] for stage in schedule.planned}, jobs)
        runner = Runner(schedule, Processes(), progress, Heard(), Report(jobs, jobs), before="")
        runner.command = lambda stage: ["sh", "-c", scripts.get(stage, "true")]
        return runner

    return make


def _heard(runner: Runner) -> Heard:
    assert isinstance(runner.display, Heard)
    return runner.display


def test_everything_runs_once_the_longest_first(runner: MakeRunner) -> None:
    run = runner({})
    run.run()
    assert _heard(run).starts == ["prepare", "train@b", "train@a", "compare"]
    assert run.report.stages.keys() == set(GRAPH)
    assert not run.failed


def test_two_at_a_time_run_side_by_side(runner: MakeRunner) -> None:
    meet = "touch {0}; for i in $(seq 500); do test -e {1} && exit 0; sleep 0.02; done; exit 1"
    run = runner({"train@a": meet.format("a", "b"), "train@b": meet.format("b", "a")}, 2)
    run.run()
    assert not run.failed


def test_one_at_a_time_run_one_after_the_other(runner: MakeRunner) -> None:
    script = "echo start >> log; sleep 0.1; echo end >> log"
    runner({"train@a": script, "train@b": script}, 1).run()
    assert Path("log").read_text().split() == ["start", "end"] * 2


def test_epochs_and_results_are_passed_on_and_chatter_is_not(runner: MakeRunner) -> None:
    lines = (
        "Running stage 'train@a':",
        "> python -m stages.train a",
        "a epoch 1/2 loss 0.5 10 images/s",
        "a epoch 2/2 loss 0.4 test 0.45 10 images/s",
        "something about files",
        "a: test MSE 0.45, 8 of 8 code units live",
        "*** a HAS COLLAPSED ***",
        "Updating lock file 'dvc.lock'",
    )
    run = runner({"train@a": "\n".join(f'echo "{line}"' for line in lines)})
    run.run()
    assert _heard(run).epochs == [("train@a", 1, 2), ("train@a", 2, 2)]
    results = ["a: test MSE 0.45, 8 of 8 code units live", "*** a HAS COLLAPSED ***"]
    assert [text for text in _heard(run).said if " ended after " not in text] == results


def test_a_failure_shows_its_last_lines_and_stops_only_what_needs_it(runner: MakeRunner) -> None:
    run = runner({"train@b": "seq 100; echo 'error: no such file' >&2; exit 1", "train@a": "sleep 0.1"})
    run.run()
    assert run.failed == ["train@b"]
    assert run.not_started == ["compare"]
    assert "train@a" in run.report.stages
    output = next(text for text in _heard(run).said if "no such file" in text).splitlines()
    assert output[-2:] == ["  100", "  error: no such file"]
    assert "  1" not in output


def test_a_stage_that_another_dvc_process_works_on_is_tried_again(
    runner: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hourglass.runner.commands.RETRY_SECONDS", 0.1)
    blocked = "echo \"ERROR: 'models/b' is busy, it is being blocked by:\"; exit 255"
    run = runner({"train@b": f"echo >> tries; test $(wc -l < tries) -ge 3 || {{ {blocked}; }}"})
    run.run()
    assert not run.failed
    assert Path("tries").read_text() == "\n" * 3
    waits = [text for text in _heard(run).said if "waits" in text]
    assert waits == ["train@b waits for another DVC process that works on the same files:"]
    assert "  ERROR: 'models/b' is busy, it is being blocked by:" in _heard(run).said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_all_that_it_started(runner: MakeRunner, number: int) -> None:
    run = runner({"train@a": "sh -c 'echo $$ > a; sleep 60'; true", "train@b": "echo $$ > b; sleep 60"})

    def strike() -> None:
        while not all(Path(file).exists() and Path(file).read_text() for file in ("a", "b")):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    with telling(run.processes):
        threading.Thread(target=strike).start()
        run.run()
    assert run.signal == number
    assert "compare" not in _heard(run).starts
    for file in ("a", "b"):
        assert has_ended(int(Path(file).read_text()))


def test_signals_are_as_they_were_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with telling(Processes()):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] != before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_no_child_is_left_where_the_display_fails(runner: MakeRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runner({"prepare": "echo $$ > prepare; echo 'warning: x'; sleep 60"})
    monkeypatch.setattr(Heard, "say", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run.run()
    assert has_ended(int(Path("prepare").read_text()))
