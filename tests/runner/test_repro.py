"""`make repro` on the small pipeline: the bytes of `dvc repro`, several processes in one folder, and errors."""

import fcntl
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_pipeline import Small

from hourglass.runner.__main__ import main

pytestmark = pytest.mark.slow

COMMAND = (sys.executable, "-m", "hourglass.runner", "--jobs", "2")
WAITS = "another DVC process runs stages here; waiting until it has ended\n"
ONE_STAGE = "from hourglass.runner import commands; print(commands.run('repro', '--single-item', 'settings').stdout)"
NOTHING = "Nothing to run: every stage is up to date.\n"
Start = Callable[..., subprocess.Popen[str]]


def repro(small: Small, *arguments: str) -> str:
    result = small.call(main, *arguments)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(small, "dvc", "repro")`: a command in the background, which ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(small: Small, *command: str) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, cwd=small.path, env=small.environment, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_bytes_are_those_of_dvc_repro(finished_small: Small, new_small: Small, tmp_path: Path) -> None:
    other = Small(shutil.copytree(new_small.path, tmp_path / "other"))
    other.done("dvc", "repro")
    assert other.lock() == finished_small.lock()
    assert other.ran() == finished_small.ran()


def test_an_up_to_date_pipeline_runs_nothing(small: Small) -> None:
    assert repro(small) == NOTHING
    assert repro(small, "train@linear") == NOTHING


def test_unchanged_outputs_stop_a_run(small: Small) -> None:
    small.comment("classifier")
    assert "classifier outputs unchanged after" in repro(small)
    assert small.ran() == {"classifier"}


def test_targets_limit_the_stages_that_a_changed_setting_reruns_and_frozen_stages_stay(small: Small) -> None:
    graph, name = small.path / "dvc.yaml", "  preprocess-noise:\n"
    graph.write_text(graph.read_text().replace(name, f"{name}    frozen: true\n"))

    def change(params: dict[str, Any]) -> None:
        params["variants"]["linear"]["train"]["learning_rate"] = 0.25
        params["data"]["dataset"] = "mnist"

    small.edit(change)
    repro(small, "train")
    assert small.ran() == {"settings", "download", "train@linear"}


def test_a_failed_stage_is_reported_and_all_others_run(small: Small) -> None:
    small.comment("evaluate")
    small.control(fail=["evaluate@linear"])
    result = small.call(main, "--jobs", "2")
    assert result.returncode == 1
    assert "  error: broken" in result.stdout.splitlines()  # the last lines of a failed stage
    assert "evaluate@denoising" in small.ran()
    last = result.stdout.splitlines()[-1]
    assert last.startswith("error: evaluate@linear failed (see above); skipped, as a dependency failed: ")
    assert {"pictures@linear", "compare"} == {name.strip() for name in last.rpartition(": ")[2].split(",")}


def test_a_terminated_run_stops_its_stages_and_the_next_one_resumes(small: Small, start: Start) -> None:
    small.comment("train")
    small.control(wait=["train@linear"])
    run = start(small, *COMMAND, "train@linear")
    wait_until((small.path / ".git/waiting").exists)
    run.terminate()
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 128 + signal.SIGTERM, output
    assert output.endswith("interrupted by SIGTERM; rerun the same command to resume\n")
    small.control()
    assert "train@linear outputs unchanged after" in repro(small, "train@linear")


def test_a_second_run_waits_for_the_stages_of_the_first_even_if_that_is_killed(small: Small, start: Start) -> None:
    small.comment("train")
    small.control(wait=["train@linear"])
    killed = start(small, *COMMAND, "train@linear")
    wait_until((small.path / ".git/waiting").exists)
    run = start(small, *COMMAND, "train@linear")
    assert run.stdout is not None
    assert run.stdout.readline() == WAITS
    killed.kill()
    killed.wait()
    (small.path / ".git/go").touch()
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 0, output
    assert (small.path / ".git/ran").read_text().split().count("train@linear") == 1


def test_a_lock_that_another_process_holds_is_waited_for(small: Small, start: Start) -> None:
    with (small.path / ".dvc/tmp/rwlock.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # DVC gives up after 3 seconds
        run = start(small, sys.executable, "-c", ONE_STAGE)
        assert run.stdout is not None
        assert run.stdout.readline() == WAITS
    assert "'settings' didn't change" in run.communicate(timeout=120)[0]


def conflict(path: Path) -> None:
    """Leave a merge conflict in a file."""
    first, *rest = path.read_text().splitlines(keepends=True)
    path.write_text("".join(["<<<<<<< HEAD\n", first, "=======\n", first.upper(), ">>>>>>> other\n", *rest]))


REFUSED: dict[str, tuple[Callable[[Path], object], tuple[str, ...], str]] = {
    "unknown stage": (lambda path: None, ("tarin",), "'tarin' is not a stage of dvc.yaml; choose from settings, "),
    "jobs in words": (lambda path: None, ("--jobs", "two"), "JOBS is 'two'; must be an integer, such as 2"),
    "invalid graph": (
        lambda path: (path / "dvc.yaml").write_text("stages: 3\n"),
        (),
        "'./dvc.yaml' validation failed. expected a dictionary, in stages; see `git diff dvc.yaml`",
    ),
    "empty graph": (
        lambda path: (path / "dvc.yaml").write_text(""),
        (),
        "dvc.yaml holds no stages; `git checkout dvc.yaml` restores the committed file",
    ),
    "lock file in conflict": (
        lambda path: conflict(path / "dvc.lock"),
        (),
        "'./dvc.lock' is invalid (possible merge conflicts)",
    ),
    "outputs elsewhere": (
        lambda path: ((path / "models").rename(path / "elsewhere"), (path / "models").symlink_to(path / "elsewhere")),
        (),
        "models is a symbolic link, but DVC needs outputs inside the repository; replace it by a folder",
    ),
    "an unpacked archive": (
        lambda path: (path / ".git").rename(path.parent / "git"),
        (),
        "is not a git repository; run `git init` in a folder that was unpacked from an archive",
    ),
    "no table of the sweep": (
        lambda path: (path / "metrics/sweep.csv").unlink(),
        (),
        "metrics/sweep.csv is missing; run `git checkout metrics/sweep.csv`",
    ),
    "nested aliases": (
        lambda path: (path / "params.yaml").write_text(
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join(9 * [f'*a{n - 1}'])}]\n" for n in range(1, 20))
        ),
        (),
        "params.yaml contains more than 100,000 values",
    ),
}


@pytest.mark.parametrize(("damage", "arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_dvc_cannot_use_is_a_one_line_error(
    small: Small, damage: Callable[[Path], object], arguments: tuple[str, ...], message: str
) -> None:
    small.comment("train")
    damage(small.path)
    result = small.call(main, *arguments)
    assert result.returncode == 1
    assert result.stdout.startswith("error: ")
    assert message in result.stdout
    assert len(result.stdout.splitlines()) == 1
    assert "train@linear" not in small.ran()


def test_a_damaged_lock_file_is_deleted_and_restored_from_the_cache(small: Small) -> None:
    before = yaml.safe_load(small.lock())["stages"]
    (small.path / "dvc.lock").write_text("hello\n")
    result = small.call(main)
    assert result.stdout.endswith("; delete it and rerun the command; outputs in DVC's cache are not recomputed\n")
    (small.path / "dvc.lock").unlink()
    assert "train@linear restored from DVC's cache after" in repro(small, "train@linear")
    stages = ("settings", "download", "preprocess-noise", "train@linear")
    assert yaml.safe_load(small.lock())["stages"] == {stage: before[stage] for stage in stages}
    assert small.ran() == {"settings"}  # git has its outputs, so DVC does not cache them
