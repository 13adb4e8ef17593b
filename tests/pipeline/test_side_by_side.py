"""The real thing on a small scale: DVC, real processes, a graph of five stages that take next to no time."""

import fcntl
import json
import shutil
import signal
from pathlib import Path

import psutil
import pytest
from ended import has_ended
from small_graph import Small

pytestmark = pytest.mark.slow

WAITS = "another DVC process is running stages here; waiting until it has ended\n"


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
    assert has_ended(stage)
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
    assert run.stdout.readline() == WAITS
    (small.path / "hold").unlink()
    assert "Running stage 'train@fast'" in other.communicate(timeout=60)[0]
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 0, output
    assert _stages(output) == {"train@slow", "train@other", "compare"}


def test_two_runs_in_one_place_at_once_end_well_and_run_nothing_twice(small: Small) -> None:
    (small.path / "source").write_text("9\n")
    (small.path / "hold").touch()
    (small.path / "started").unlink()
    first = small.start(*small.command)
    small.wait_for("started")
    second = small.start(*small.command)
    assert second.stdout is not None
    assert second.stdout.readline() == WAITS
    (small.path / "hold").unlink()
    outputs = [run.communicate(timeout=120)[0] for run in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), outputs
    assert len((small.path / "started").read_text().split()) == 3
    assert small.pipeline() == "Nothing to run: every stage is up to date.\n"


def test_stages_that_outlive_a_killed_run_are_waited_for(small: Small) -> None:
    (small.path / "source").write_text("9\n")
    (small.path / "hold").touch()
    (small.path / "started").unlink()
    killed = small.start(*small.command, "--jobs", "1")
    small.wait_for("started")
    killed.kill()
    killed.communicate()
    run = small.start(*small.command)
    assert run.stdout is not None
    assert run.stdout.readline() == WAITS
    stage = int((small.path / "started").read_text())
    assert psutil.pid_exists(stage)
    (small.path / "hold").unlink()
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 0, output
    assert not psutil.pid_exists(stage)
    assert (small.path / "all").read_text() == "slow\n9\nfast\n9\nother\n9\n"


def test_a_busy_machine_costs_patience_and_nothing_else(small: Small) -> None:
    """Another process has the lock of the list of files in use, for longer than the 3 s that DVC gives it."""
    (small.path / "source").write_text("9\n")
    with (small.path / ".dvc/tmp/rwlock.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = small.start(*small.command)
        assert run.stdout is not None
        assert run.stdout.readline() == WAITS
        assert run.stdout.readline().startswith("Unable to acquire lock. Most likely another DVC process is running")
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 0, output
    assert (small.path / "all").read_text() == "slow\n9\nfast\n9\nother\n9\n"
