"""What the parts measure and what the report says about it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks import parts, report
from benchmarks.__main__ import main
from benchmarks.engines import ENGINES
from benchmarks.parts import trainable_variants
from benchmarks.worker import Timing
from benchmarks.workload import Task
from hourglass.errors import UserError

ROUNDS = [
    {"hourglass": {"seconds": 1.0}, "lightning": {"seconds": 2.0}},
    {"hourglass": {"seconds": 4.0}, "lightning": {"seconds": 9.0}},
    {"hourglass": {"seconds": 1.2}, "lightning": {"seconds": 2.52}},
]


@pytest.fixture
def tasks(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """Record tasks instead of running them; every epoch takes one second per 1000 images."""
    recorded: list[Task] = []

    def measure_together(tasks: list[Task]) -> list[Timing]:
        recorded.extend(tasks)
        return [Timing([task.images / 1000] * task.epochs, 10.0, 12.0, 0.02 if task.test else None) for task in tasks]

    monkeypatch.setattr(parts, "measure_together", measure_together)
    monkeypatch.setattr(parts, "measure", lambda task: measure_together([task])[0])
    return recorded


def measured(part: str, *arguments: str) -> dict[str, Any]:
    """Run a part and return its results by variant; the report must have its section."""
    main([part, *arguments, "--into", "out"])
    assert f"## {report.SECTIONS[part][0]}" in Path("out/README.md").read_text(encoding="utf-8")
    return dict(json.loads(report.result_file(Path("out"), part).read_text(encoding="utf-8"))["variants"])


def test_epochs_alternate_the_engines(tasks: list[Task]) -> None:
    assert tuple(measured("epochs")) == trainable_variants()
    for name in trainable_variants():
        order = [task.engine for task in tasks if task.variant == name]
        engines = list(ENGINES)
        assert order == [*engines, *engines[1:], *engines[:1], *engines[2:], *engines[:2]]
    assert {task.threads for task in tasks} == {len(os.sched_getaffinity(0))}


def test_the_table_of_epochs_has_ratios_within_a_round() -> None:
    results = {"variants": {"linear": {"images": 60_000, "rounds": ROUNDS}}}
    assert report.epochs(results).splitlines()[-1] == (
        "| linear | 1.20 (1.00 to 4.00) | 50,000 | 60,000 | 2.10 (2.00 to 2.25) |"
    )


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["epochs", "--variants", "linear,pca"], "unknown variant 'pca'; known are linear, denoising"),
        (["epochs", "--engines", "keras"], "unknown engine 'keras'; known are hourglass, sheets-0"),
    ],
)
def test_unknown_names_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        main([*arguments, "--into", "out"])
    assert not Path("out").exists()
