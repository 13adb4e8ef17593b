"""How many stages run at a time, and how long they are estimated to take."""

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hourglass.runner import estimate, machine
from hourglass.settings.params import Params


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the container's limits."""
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    return tmp_path


def test_as_many_stages_as_cores_and_memory_allow(cgroup: Path) -> None:
    assert machine.cores() == len(os.sched_getaffinity(0))
    assert machine.hardware().memory == psutil.virtual_memory().total
    (cgroup / "cpu.max").write_text("100000 100000\n")
    (cgroup / "memory.max").write_text("3000000000\n")
    (cgroup / "memory.stat").write_text("anon 1000000000\nfile 500000000\n")
    assert machine.cores() == 1
    assert machine.hardware().memory == 3_000_000_000
    assert machine.jobs() == (1, "1 stage(s) at a time: 1 core(s), 2 GB of memory free")
    for name in ("cpu.max", "memory.max"):
        (cgroup / name).write_text("max\n")
    assert machine.cores() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("cores", "free_gb", "threads", "expected"), [(2, 21.4, 1, 2), (16, 4.0, 1, 2), (16, 0.1, 1, 1), (8, 64, 4, 2)]
)
def test_each_job_has_cores_and_memory(
    cores: int, free_gb: float, threads: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "cores", lambda: cores)
    monkeypatch.setattr(machine, "_free_memory", lambda: free_gb * 1e9)
    assert machine.jobs(threads=threads)[0] == expected
    assert machine.jobs(5)[0] == 5


def test_estimates_grow_with_epochs_and_images(validated: Callable[..., Params]) -> None:
    once, twice = (validated({"train.epochs": epochs}) for epochs in (1, 2))
    pca, linear, selu = (estimate.seconds(f"train@{variant}", once) for variant in ("pca", "linear", "selu"))
    assert pca < linear < selu
    assert estimate.seconds("train@selu", twice) - selu == pytest.approx(selu - estimate.START_UP)
    digits = validated({"train.epochs": 1, "data.dataset": "digits"})
    for stage in ("train@linear", "classifier", "evaluate@linear"):
        assert estimate.seconds(stage, digits) < estimate.seconds(stage, once)
    assert estimate.seconds("unknown", once) == estimate.START_UP
