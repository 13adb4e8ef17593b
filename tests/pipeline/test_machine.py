"""How many stages at a time, and why."""

import os
from pathlib import Path

import psutil
import pytest

from hourglass.errors import UserError
from hourglass.runner import machine
from hourglass.runner.machine import Machine


def test_as_many_stages_as_cores() -> None:
    assert Machine(2, 21.4).jobs() == (2, "2 stages at a time: 2 cores, 21 GB of memory free")
    assert Machine(1, 8).jobs() == (1, "1 stage at a time: 1 core, 8 GB of memory free")


def test_no_more_than_memory_allows_but_one_in_any_case() -> None:
    free = 2.5 * machine.STAGE_GB
    jobs, why = Machine(16, free).jobs()
    assert jobs == 2
    assert why == (
        f"2 stages at a time: 16 cores, but {free:.0f} GB of memory free and a stage can take {machine.STAGE_GB} GB"
    )
    assert Machine(16, 0.1).jobs()[0] == 1


def test_a_training_of_several_threads_has_several_cores() -> None:
    assert Machine(8, 64).jobs(threads=4) == (
        2,
        "2 stages at a time: 8 cores, 4 threads a training, 64 GB of memory free",
    )
    assert Machine(2, 64).jobs(threads=4)[0] == 1


def test_a_number_that_is_asked_for_wins() -> None:
    assert Machine(2, 21).jobs(4) == (4, "4 stages at a time, as JOBS says: 2 cores, 21 GB of memory free")
    with pytest.raises(UserError, match="JOBS is 0, but at least one stage has to run at a time"):
        Machine(2, 21).jobs(0)


@pytest.fixture
def limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a container's limits are looked up."""
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    return tmp_path


def test_without_limits_the_machine_is_what_the_system_says(limits: Path) -> None:
    this = Machine.this()
    assert this.cores == len(os.sched_getaffinity(0))
    assert this.memory_gb == pytest.approx(psutil.virtual_memory().available / 1e9, abs=1)


def test_a_container_may_have_less_than_the_machine(limits: Path) -> None:
    (limits / "cpu.max").write_text("100000 100000\n")
    (limits / "memory.max").write_text("3000000000\n")
    (limits / "memory.stat").write_text("anon 1000000000\nfile 500000000\n")
    assert Machine.this() == Machine(1, min(2.0, Machine.this().memory_gb))


def test_a_container_without_limits_has_all_of_the_machine(limits: Path) -> None:
    (limits / "cpu.max").write_text("max 100000\n")
    (limits / "memory.max").write_text("max\n")
    assert Machine.this().cores == len(os.sched_getaffinity(0))
    assert Machine.this().memory_gb == pytest.approx(psutil.virtual_memory().available / 1e9, abs=1)


def test_a_container_may_hold_less_than_the_machine(limits: Path) -> None:
    total = psutil.virtual_memory().total
    assert machine.total_memory() == total
    (limits / "memory.max").write_text("3000000000\n")
    assert machine.total_memory() == min(total, 3_000_000_000)
    (limits / "memory.max").write_text("max\n")
    assert machine.total_memory() == total
