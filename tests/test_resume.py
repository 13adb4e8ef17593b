"""Trainings that are killed at random moments end with the same bytes, in one MLflow run each.

KILLS=10 in the environment kills each of them ten times.
"""

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from repository import Copy, of_this_tree

pytestmark = pytest.mark.slow

VARIANTS = ("linear", "denoising_vae")  # the second has convolutions, and draws noise as it trains
KILLS = int(os.environ.get("KILLS", "1"))
EPOCHS = 15 * KILLS
SIGNALS = itertools.cycle((signal.SIGKILL, signal.SIGTERM))


def outputs(copy: Copy, variant: str) -> dict[str, bytes]:
    """All that a training leaves behind."""
    names = ("data/snapshots/{}.zip", "models/{}.safetensors", "models/{}.sha256", "metrics/train/{}.json")
    names += ("plots/train/{}/history.csv",)
    return {name: (copy.path / name.format(variant)).read_bytes() for name in names}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of this repository with everything that trainings need."""

    def smaller(params: dict[str, Any]) -> None:
        params["data"]["dataset"] = "digits"
        params["train"]["epochs"] = EPOCHS
        params["train"]["batch_size"] = 64  # long enough for kills to hit, also on a fast machine
        params["variants"] = {name: params["variants"][name] for name in VARIANTS}

    copy = of_this_tree(tmp_path_factory.mktemp("resume") / "prepared", smaller)
    copy.done("dvc", "repro", "preprocess-noise")
    return copy


@pytest.fixture(scope="module")
def undisturbed(prepared: Copy) -> Copy:
    """Trainings that nobody kills."""
    copy = again(prepared, "undisturbed")
    copy.done("dvc", "repro", "train")
    return copy


def again(copy: Copy, name: str) -> Copy:
    """A copy of a copy."""
    other = Copy(copy.path.with_name(name))
    shutil.copytree(copy.path, other.path, symlinks=True)
    return other


def kill_at_random(
    copy: Copy, command: Sequence[str], variants: Sequence[str], kill: Callable[[psutil.Process], None]
) -> int:
    """Start a command until it ends well, killing it at random moments, KILLS times a variant. Returns the starts."""
    draw, kills, starts = random.Random(sum(map(len, command))), KILLS * len(variants), 0
    while starts <= 3 * kills:
        starts += 1
        before = epochs(copy, variants)
        with subprocess.Popen(
            command,
            cwd=copy.path,
            env=copy.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            goal = before + draw.randint(1, 3)
            while process.poll() is None and (starts > kills or epochs(copy, variants) < goal):
                time.sleep(0.002)
            if process.poll() is None:
                time.sleep(draw.uniform(0, 0.03))
                kill(psutil.Process(process.pid))
            if process.wait() == 0:
                return starts
    raise AssertionError(f"{command} did not end well in {starts} starts")


def epochs(copy: Copy, variants: Sequence[str]) -> int:
    """How many are in checkpoints."""
    return sum(len(list(copy.path.glob(f"checkpoints/{variant}-*/kept-*.safetensors"))) for variant in variants)


def one_training(process: psutil.Process) -> None:
    """Ends one of the trainings that a command has started, by the next signal in turn."""
    trainings = [child for child in process.children(recursive=True) if "stages.train" in " ".join(child.cmdline())]
    for training in trainings[:1]:
        training.send_signal(next(SIGNALS))


def nothing_but_the_command(process: psutil.Process) -> None:
    """Ends DVC alone: the training that it has started is left behind."""
    process.kill()


def assert_equal(killed: Copy, undisturbed: Copy, variants: Sequence[str]) -> None:
    client, runs = killed.client(), killed.runs()
    experiment = client.get_experiment_by_name("hourglass-digits")
    assert experiment is not None
    for variant in variants:
        assert outputs(killed, variant) == outputs(undisturbed, variant)
        run = runs[variant]
        assert run.info.status == "FINISHED"
        for curve in ("train_mse", "images_per_second"):
            steps = [point.step for point in client.get_metric_history(run.info.run_id, curve)]
            assert steps == list(range(1, EPOCHS + 1))
        assert len(client.search_runs([experiment.experiment_id], f"params.variant = '{variant}'")) == 1
    left = {path.name for path in (killed.path / "checkpoints").iterdir()}
    assert left == {f"{variant}.lock" for variant in variants}


def test_a_training_that_is_killed_ends_with_the_same_bytes(prepared: Copy, undisturbed: Copy) -> None:
    copy = again(prepared, "killed")
    starts = kill_at_random(copy, ["dvc", "repro", "train@denoising_vae"], ["denoising_vae"], one_training)
    assert starts > 1
    assert_equal(copy, undisturbed, ["denoising_vae"])


def test_trainings_whose_dvc_is_killed_end_with_the_same_bytes(prepared: Copy, undisturbed: Copy) -> None:
    copy = again(prepared, "killed dvc")
    kill_at_random(copy, ["dvc", "repro", "train@linear"], ["linear"], nothing_but_the_command)
    assert_equal(copy, undisturbed, ["linear"])


def test_trainings_side_by_side_that_are_killed_end_with_the_same_bytes(prepared: Copy, undisturbed: Copy) -> None:
    copy = again(prepared, "killed beside others")
    copy.environment["PYTHONPATH"] = str(Path("src"))
    command = [sys.executable, "-m", "hourglass.runner", "--jobs", "2", "train"]
    kill_at_random(copy, command, VARIANTS, one_training)
    assert_equal(copy, undisturbed, VARIANTS)
