"""Engines train the same network to similar errors."""

import pytest
from shapes import IMAGE

from benchmarks.engines import ENGINES
from benchmarks.processes import measure, measure_together
from benchmarks.worker import test_mse as mse_on_test_set
from benchmarks.workload import Task, prepare
from hourglass import models
from hourglass.errors import UserError

INSTALLED = ("hourglass", "sheets-0", "in-memory")  # in the project's environment; workers take seconds


@pytest.mark.usefixtures("workspace")
def test_engines_reach_similar_errors() -> None:
    workload = prepare(Task("hourglass", "linear", 600, threads=1, epochs=3))
    untrained = mse_on_test_set(models.build(workload.network, IMAGE, workload.seed), workload)
    errors = {}
    for engine in INSTALLED:
        trained = ENGINES[engine](workload)
        assert len(trained.epoch_seconds) == 3
        errors[engine] = mse_on_test_set(trained.network, workload)
    assert max(errors.values()) < 0.8 * untrained
    assert max(errors.values()) < 1.15 * min(errors.values()), errors  # shuffling differs


@pytest.mark.usefixtures("workspace")
def test_tasks_are_measured_together() -> None:
    task = Task("hourglass", "linear", 300, threads=1, epochs=20, test=True)
    first, second = measure_together([task, task])
    assert first.test_mse == second.test_mse is not None
    assert max(first.start, second.start) < min(first.end, second.end)
    assert sum(first.epoch_seconds) <= first.end - first.start


@pytest.mark.usefixtures("workspace")
def test_a_failed_measurement_is_one_message(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"hourglass failed on nonsense: .*nonsense"):
        measure(Task("hourglass", "nonsense", 10, threads=1))
    capfd.readouterr()
