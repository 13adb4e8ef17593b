"""The real thing on a small scale: DVC, real processes, a graph of five stages that take next to no time."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from repository import ROOT, Copy

pytestmark = pytest.mark.slow

GRAPH = """
stages:
  prepare:
    cmd: head -1 source > data
    deps: [source]
    outs: [data]
  train:
    foreach: [slow, fast, other]
    do:
      cmd: sh train ${item}
      deps: [data]
      outs: ["${item}.model"]
  compare:
    cmd: cat slow.model fast.model other.model > all
    deps: [slow.model, fast.model, other.model]
    outs: [all]
"""
# other stages end before slow does; a file named hold keeps a stage, one named broken lets it fail
TRAIN = """
test ! -e broken || { echo "error: $1 is broken"; exit 1; }
echo $$ >> started
test $1 != slow || sleep 1
while test -e hold; do sleep 0.05; done
{ echo $1; cat data; } > $1.model
"""


class Small(Copy):
    """A DVC repository in which `make repro` would call what `pipeline` calls."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.environment |= {"PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"}
        self.command = (sys.executable, "-m", "hourglass.pipeline")

    def pipeline(self, *arguments: str) -> str:
        return self.done(*self.command, *arguments)

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run in the background; ends when told, or by itself."""
        return subprocess.Popen(
            command, cwd=self.path, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def wait_for(self, name: str) -> None:
        """Until a stage has made a file."""
        deadline = time.monotonic() + 60
        while not (self.path / name).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing has run here."""
    small = Small(tmp_path_factory.mktemp("template"))
    small.done("dvc", "init", "--no-scm", "--quiet")
    for name, content in {"dvc.yaml": GRAPH, "train": TRAIN, "source": "7\nfirst\n"}.items():
        (small.path / name).write_text(content)
    shutil.copy(ROOT / "params.yaml", small.path)
    return small.path


@pytest.fixture(scope="module")
def finished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Everything has run here, two at a time."""
    small = Small(shutil.copytree(template, tmp_path_factory.mktemp("finished") / "small"))
    small.pipeline("--jobs", "2", "--report", "report.json")
    return small


@pytest.fixture
def small(finished: Small, tmp_path: Path) -> Small:
    """A copy of `finished` to change."""
    return Small(shutil.copytree(finished.path, tmp_path / "small", symlinks=True))


def _stages(output: str) -> set[str]:
    """That were started."""
    return {line.removesuffix(" starts") for line in output.splitlines() if line.endswith(" starts")}


def _lock(small: Small) -> bytes:
    return (small.path / "dvc.lock").read_bytes()


@pytest.mark.parametrize("command", ["one at a time", "dvc repro"])
def test_the_lock_file_has_the_same_bytes(finished: Small, template: Path, tmp_path: Path, command: str) -> None:
    other = Small(shutil.copytree(template, tmp_path / "other"))
    other.done(*({"one at a time": (*other.command, "--jobs", "1"), "dvc repro": ("dvc", "repro")}[command]))
    assert _lock(other) == _lock(finished)
    assert (other.path / "all").read_bytes() == (finished.path / "all").read_bytes() == b"slow\n7\nfast\n7\nother\n7\n"


def test_a_report_of_every_stage(finished: Small) -> None:
    report = json.loads((finished.path / "report.json").read_text())
    assert report["jobs"] == 2
    stages = report["stages"]
    assert stages.keys() == {"prepare", "train@slow", "train@fast", "train@other", "compare"}
    assert stages["train@slow"]["wall_seconds"] > 1
    assert all(stage["cpu_seconds"] > 0 for stage in stages.values())
    trained = sum(stage["cpu_seconds"] for name, stage in stages.items() if name.startswith("train@"))
    assert report["cpu_seconds"]["training"] == pytest.approx(trained, abs=0.05)
    # beside the slow one another ran, and what needs both came after it
    slow = stages["train@slow"]
    end = slow["started"] + slow["wall_seconds"]
    assert min(stages[name]["started"] for name in ("train@fast", "train@other")) < end
    assert stages["compare"]["started"] > end - 0.05  # figures are rounded


def test_nothing_out_of_date_is_said_and_nothing_started(finished: Small) -> None:
    assert finished.pipeline() == "Nothing to run: every stage is up to date.\n"
    assert finished.pipeline("train@slow") == "Nothing to run: every stage is up to date.\n"


def test_what_follows_from_an_unchanged_output_is_not_started(small: Small) -> None:
    (small.path / "source").write_text("7\nsecond\n")
    output = small.pipeline()
    assert _stages(output) == {"prepare"}
    assert "prepare left everything as it was" in output


def test_targets_and_what_they_need(small: Small) -> None:
    (small.path / "source").write_text("8\n")
    assert _stages(small.pipeline("train@fast")) == {"prepare", "train@fast"}
    assert (small.path / "fast.model").read_text() == "fast\n8\n"
    # what has run before with the same inputs is not run again
    (small.path / "source").write_text("7\nfirst\n")
    output = small.pipeline("train@fast")
    assert "train@fast came from DVC's cache" in output
    assert (small.path / "fast.model").read_text() == "fast\n7\n"


def test_a_frozen_stage_stays_as_it_is(small: Small) -> None:
    small.done("dvc", "freeze", "prepare")
    (small.path / "source").write_text("9\n")
    assert small.pipeline() == "Nothing to run: every stage is up to date.\n"


def test_a_failure_is_shown_and_named_and_leaves_the_rest_alone(small: Small) -> None:
    (small.path / "source").write_text("9\n")
    (small.path / "broken").touch()
    result = small.run(*small.command, "--jobs", "2")
    assert result.returncode == 1
    assert "  error: slow is broken" in result.stdout.splitlines()
    assert _stages(result.stdout) == {"prepare", "train@slow", "train@fast", "train@other"}
    last = result.stdout.splitlines()[-1]
    assert last.startswith("error: train@")
    assert last.endswith(" failed (see above); not started, for want of what they need: compare")


def test_ended_early_no_stage_goes_on_and_the_next_run_does(small: Small) -> None:
    (small.path / "source").write_text("9\n")
    (small.path / "hold").touch()
    (small.path / "started").unlink()
    run = small.start(*small.command, "--jobs", "1")
    small.wait_for("started")
    run.terminate()
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 128 + signal.SIGTERM, output
    stage = int((small.path / "started").read_text())
    assert not psutil.pid_exists(stage) or psutil.Process(stage).status() == psutil.STATUS_ZOMBIE
    (small.path / "hold").unlink()
    assert _stages(small.pipeline("train@slow")) == {"train@slow"}


def test_another_dvc_process_in_the_same_place_is_waited_for(small: Small) -> None:
    (small.path / "source").write_text("9\n")
    (small.path / "hold").touch()
    (small.path / "started").unlink()
    other = small.start("dvc", "repro", "train@fast")
    small.wait_for("started")
    run = small.start(*small.command)
    assert run.stdout is not None
    assert run.stdout.readline() == "another DVC process is running stages here; waiting until it has ended\n"
    (small.path / "hold").unlink()
    assert "Running stage 'train@fast'" in other.communicate(timeout=60)[0]
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 0, output
    assert _stages(output) == {"train@slow", "train@other", "compare"}


MISTAKES: dict[str, tuple[Callable[[Path], object], tuple[str, ...], str]] = {
    "no such stage": (
        lambda path: (path / "source").write_text("9\n"),
        ("tarin",),
        "error: 'tarin' is no stage of dvc.yaml; it has prepare, train, compare",
    ),
    "no stages at a time": (
        lambda path: (path / "source").write_text("9\n"),
        ("--jobs", "0"),
        "error: JOBS is 0, but at least one stage has to run at a time",
    ),
    "bad graph": (
        lambda path: (path / "dvc.yaml").write_text("stages: 3\n"),
        (),
        "error: './dvc.yaml' validation failed.",
    ),
    "bad settings": (
        lambda path: (os.remove(path / "data"), (path / "params.yaml").write_text("seed: one\n")),
        (),
        "error: params.yaml: seed is 'one', but input should be a valid integer",
    ),
}


@pytest.mark.parametrize(("make", "arguments", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_with_a_sentence(
    small: Small, make: Callable[[Path], object], arguments: tuple[str, ...], sentence: str
) -> None:
    make(small.path)
    result = small.run(*small.command, *arguments)
    assert result.returncode == 1
    assert result.stdout.startswith(sentence), result.stdout
    assert "Traceback" not in result.stdout
    assert _lock(small)
