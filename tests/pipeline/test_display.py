"""What a person sees of a run, on a terminal and in a file."""

import io

import pytest
from rich.console import Console

from hourglass.runner import display
from hourglass.runner.graph import Graph
from hourglass.runner.progress import Progress
from hourglass.runner.report import Report, Usage

GRAPH = Graph({"train@linear": (), "classifier": (), "compare": ("train@linear", "classifier")})
SECONDS = {"train@linear": 100.0, "classifier": 20.0, "compare": 10.0}


class Watch:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def progress(watch: Watch) -> Progress:
    return Progress(GRAPH, SECONDS, jobs=2, clock=watch)


def _console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)


def _text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def _train(progress: Progress, watch: Watch, shown: display.Display, epochs: int) -> None:
    """A training of linear that takes ten seconds an epoch."""
    progress.start("train@linear")
    shown.started("train@linear")
    running = progress.running["train@linear"]
    for epoch in range(1, epochs + 1):
        watch.now += 10
        assert running.read(f"linear epoch {epoch}/{epochs} loss 0.0{epoch} 99 images/s", watch.now)
        shown.advanced(running)


def test_a_file_gets_a_start_and_three_lines_of_a_training(progress: Progress, watch: Watch) -> None:
    console = _console(terminal=False)
    with display.on(console, progress) as shown:
        _train(progress, watch, shown, epochs=20)
        shown.ticked()
    assert _text(console).splitlines() == [
        "train@linear starts",
        "train@linear epoch 5/20 loss 0.05 99 images/s; 2:50 left of the whole run",
        "train@linear epoch 10/20 loss 0.010 99 images/s; 2:00 left of the whole run",
        "train@linear epoch 15/20 loss 0.015 99 images/s; 1:10 left of the whole run",
    ]


def test_a_training_of_one_epoch_needs_no_line_between(progress: Progress, watch: Watch) -> None:
    console = _console(terminal=False)
    with display.on(console, progress) as shown:
        _train(progress, watch, shown, epochs=1)
    assert _text(console) == "train@linear starts\n"


def test_a_terminal_gets_a_line_for_each_running_stage_and_one_for_the_whole(progress: Progress, watch: Watch) -> None:
    console = _console(terminal=True)
    progress.start("classifier")
    with display.on(console, progress) as shown:
        _train(progress, watch, shown, epochs=20)
        shown.say("[linear] was said")
    assert "[linear] was said" in _text(console)
    watch.now += 4
    console = _console(terminal=False)
    console.print(display.picture(progress))
    classifier, train, whole = _text(console).splitlines()[1:]
    assert classifier.split() == ["classifier", classifier.split()[1], "3:24", "so", "far"]
    assert train.startswith("train@linear")
    assert "20/20 loss 0.020 99 images/s" in train
    assert train.endswith("0:00 left")
    assert whole.startswith("0 of 3 stages")
    assert "3:24 so far" in whole
    assert whole.endswith("left")


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(display.on(_console(terminal=True), Progress(GRAPH, SECONDS, 1)), display.Plain)


def test_another_stage_s_line_or_none_about_epochs_changes_nothing(progress: Progress, watch: Watch) -> None:
    progress.start("classifier")
    running = progress.running["classifier"]
    assert not running.read("classifier: 90 % of the test images told", watch.now)
    assert running.read("sgd stochastic epoch 3/15 loss 0.1 5 images/s", watch.now)  # within a stage of several
    assert (running.epoch, running.text) == (0, "sgd stochastic epoch 3/15 loss 0.1 5 images/s")


def test_time_left_follows_the_pace_of_what_is_done(progress: Progress, watch: Watch) -> None:
    assert progress.seconds_left() is None
    progress.start("classifier")
    watch.now += 40  # twice the estimate
    progress.end("classifier", worked=True)
    assert progress.pace() == pytest.approx(2)
    # compare waits for the training: one after the other, whatever the number of jobs
    assert progress.seconds_left() == pytest.approx(2 * (100 + 10))
    progress.start("train@linear")
    watch.now += 50
    progress.running["train@linear"].read("linear epoch 1/4 loss 0.1 9 images/s", watch.now)
    watch.now += 30  # by its own pace, 50 s an epoch, it has 120 left
    pace = (40 + 50) / (20 + 25)
    assert progress.seconds_left() == pytest.approx(120 + 10 * pace)


def test_epochs_that_a_killed_process_had_done_say_nothing_of_the_pace(progress: Progress, watch: Watch) -> None:
    progress.start("train@linear")
    watch.now += 10
    progress.running["train@linear"].read("linear epoch 3/4 loss 0.1 9 images/s", watch.now)
    pace = 10 / 25  # 10 s for what was estimated at 25: a quarter of its 100
    assert progress.pace() == pytest.approx(pace)
    assert progress.running["train@linear"].seconds_left(watch.now) == pytest.approx(10)
    watch.now += 10
    progress.end("train@linear", worked=True)
    assert progress.pace() == pytest.approx(20 / 50)


def test_what_came_from_the_cache_says_nothing_of_the_pace(progress: Progress, watch: Watch) -> None:
    progress.start("classifier")
    watch.now += 1
    progress.end("classifier", worked=False)
    assert progress.pace() is None
    assert progress.seconds_left() is None


def test_many_stages_share_the_jobs(watch: Watch) -> None:
    graph = Graph({str(number): () for number in range(11)})
    progress = Progress(graph, dict.fromkeys(graph, 10.0), jobs=2, clock=watch)
    progress.start("0")
    watch.now += 10
    progress.end("0", worked=True)
    assert progress.seconds_left() == pytest.approx(10 * 10 / 2)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (65, "1:05"), (3599.9, "1:00:00"), (3723, "1:02:03")])
def test_times_read_like_a_clock(seconds: float, text: str) -> None:
    assert display.clock(seconds) == text


def test_the_report_parts_training_from_the_rest() -> None:
    report = Report(2, 2, wall_seconds=130.0, around_cpu_seconds=3.0)
    report.stages["train@linear"] = Usage(0.0, 100.0, 99.0, 900.0, "")
    report.stages["classifier"] = Usage(0.0, 20.0, 19.004, 800.0, "came from DVC's cache")
    assert report.figures()["cpu_seconds"] == {"training": 99.0, "other_stages": 19.0, "around": 3.0}
    console = _console(terminal=False)
    report.show(console)
    heading, train, classifier, *sums = _text(console).splitlines()
    assert heading.split() == ["stage", "wall,", "s", "CPU,", "s", "peak,", "MB"]
    assert train.split() == ["train@linear", "100.0", "99.0", "900"]
    assert classifier.rstrip().endswith("19.0       800  came from DVC's cache")
    assert sums == [
        "trainings: 99 s of CPU time in 1 stages",
        "other stages: 19 s in 1; around them 3 s",
        "whole run: 2:10 of wall time with 2 at a time",
    ]
