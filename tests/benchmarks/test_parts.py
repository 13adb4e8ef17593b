"""The parts of the benchmark: what each measures, in what order, and what it keeps."""

import os
import runpy
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import parts
from benchmarks.__main__ import main
from benchmarks.engines import ENGINES
from benchmarks.options import trainable
from benchmarks.results import file, read
from benchmarks.work import EPOCH, Job
from benchmarks.worker import Measured


@pytest.fixture
def jobs(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that were asked for. None is run: each epoch is said to take a second per 1000 images."""
    asked: list[Job] = []

    def together(some: list[Job]) -> list[Measured]:
        asked.extend(some)
        return [
            Measured([job.images / 1000] * job.epochs, 10.0, 12.0, 500.0, 0.02 if job.tested else None) for job in some
        ]

    monkeypatch.setattr(parts, "together", together)
    monkeypatch.setattr(parts, "measured", lambda job: together([job])[0])
    monkeypatch.setattr(parts, "rate", lambda threads: 1e11)
    return asked


def _variants(part: str, *arguments: str) -> dict[str, Any]:
    main([part, *arguments, "--into", "out"])
    found = read(file(Path("out"), part))
    assert found is not None
    variants = found["variants"]
    assert isinstance(variants, dict)
    return variants


def test_epochs_measures_every_variant_with_every_engine_in_turning_order(jobs: list[Job]) -> None:
    variants = _variants("epochs")
    assert tuple(variants) == trainable()
    for name in variants:
        order = [job.engine for job in jobs if job.variant == name]
        assert order == [*ENGINES, *list(ENGINES)[1:], "this", *list(ENGINES)[2:], "this", "sheets-0"]
    assert {job.threads for job in jobs} == {len(os.sched_getaffinity(0))}


def test_a_part_of_an_epoch_is_scaled_to_a_whole_one(jobs: list[Job]) -> None:
    variants = _variants("epochs", "--variants", "strided", "--images", "500", "--rounds", "1")
    assert {job.images for job in jobs} == {500}
    assert variants["strided"]["rounds"][0]["this"]["seconds"] == pytest.approx(EPOCH / 1000)


def test_only_heavy_networks_are_timed_on_a_part_of_an_epoch(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART_OF_AN_EPOCH", 200)
    variants = _variants("epochs", "--variants", "linear,selu", "--rounds", "1")
    assert {name: variant["images"] for name, variant in variants.items()} == {"linear": 600, "selu": 200}


def test_this_engine_is_always_measured(jobs: list[Job]) -> None:
    _variants("epochs", "--variants", "linear", "--engines", "pythae", "--rounds", "1")
    assert [job.engine for job in jobs] == ["this", "pythae"]


def test_trainings_are_of_fifty_epochs_and_tested(jobs: list[Job]) -> None:
    variants = _variants("trainings")
    first = Job("this", "linear", 600, jobs[0].threads, epochs=50, tested=True)
    assert jobs == [first, replace(first, engine="sheets-0")]
    assert len(variants["linear"]["rounds"][0]["sheets-0"]["epoch_seconds"]) == 50


def test_side_by_side_counts_all_images_from_the_first_start_to_the_last_end(jobs: list[Job]) -> None:
    variants = _variants("side-by-side", "--variants", "linear", "--images", "300", "--threads", "2")
    (found,) = variants["linear"]["rounds"]
    assert {count: figures["images_per_second"] for count, figures in found.items()} == {
        str(count): 300 * count / 2.0 for count in (1, 2, 4, 8, 16)
    }
    assert len(jobs) == 31
    assert {job.threads for job in jobs} == {1}


def test_growth_is_sixteenfold_in_one_size_at_a_time(jobs: list[Job]) -> None:
    variants = _variants("growth", "--variants", "linear", "--images", "480", "--rounds", "1")
    (found,) = variants["linear"]["rounds"]
    assert {what: list(sizes) for what, sizes in found.items()} == {
        "images": ["30", "120", "480"],
        "code size": ["8", "32", "128"],
        "batch size": ["32", "128", "512"],
    }
    changed = [(job.images, job.latent, job.batch_size) for job in jobs]
    assert changed[0] == (30, None, None)
    assert changed[5] == (480, 128, None)
    assert changed[8] == (480, None, 512)


def test_precision_trains_the_same_twice(jobs: list[Job]) -> None:
    variants = _variants("precision", "--variants", "linear")
    first = Job("this", "linear", 600, jobs[0].threads, epochs=3, tested=True)
    assert jobs == [first, replace(first, precision="bfloat16")]
    assert variants["linear"]["rounds"][0]["bfloat16"]["test_mse"] == 0.02


@pytest.mark.usefixtures("workspace")
def test_descents_times_a_pass_over_the_subset_by_each_kind() -> None:
    variants = _variants("descents", "--images", "64", "--rounds", "2")
    assert (list(variants), variants["linear"]["images"]) == (["linear"], 64)
    for found in variants["linear"]["rounds"]:
        assert {way: one["batch_size"] for way, one in found.items()} == {
            "stochastic": 1,
            "mini-batch": 64,
            "full-batch": 64,
        }
        assert found["stochastic"]["seconds"] > found["full-batch"]["seconds"] > 0


def test_what_was_measured_is_kept_before_the_next_variant(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    measured = parts.measured

    def fails(job: Job) -> Measured:
        if job.variant == "denoising":
            raise KeyboardInterrupt
        return measured(job)

    monkeypatch.setattr(parts, "measured", fails)
    with pytest.raises(KeyboardInterrupt):
        main(["epochs", "--variants", "linear,denoising", "--into", "out"])
    found = read(file(Path("out"), "epochs"))
    assert found is not None
    assert len(found["variants"]["linear"]["rounds"]) == 3


def test_a_real_part_is_measured_kept_and_reported(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ("--images", "300", "--rounds", "1", "--threads", "1")
    variants = _variants("epochs", "--variants", "linear", "--engines", "this", *sizes)
    assert 1e8 < variants["linear"]["rate"] < 1e14
    assert 0.01 < variants["linear"]["rounds"][0]["this"]["seconds"] < 10_000
    assert capsys.readouterr().out.startswith("epochs, linear, round 1, this engine: ")
    assert "| linear |" in (workspace / "out/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sprint"], "invalid choice: 'sprint'"),
        (["epochs", "--rounds", "0"], "'0' is not a number from 1 on"),
        (["epochs", "--variants", "linear,pca"], "there is no variant 'pca' to measure; there are linear, denoising"),
        (["epochs", "--engines", "keras"], "there is no engine 'keras' to measure; there are this, sheets-0"),
        (["report", "--graph", "missing.json"], "missing.json: there is no such report"),
        (["report", "--graph", "params.yaml"], "params.yaml is not JSON"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments, "--into", "out"])
    monkeypatch.delitem(sys.modules, "benchmarks.__main__")
    with pytest.raises(SystemExit) as end:
        runpy.run_module("benchmarks", run_name="__main__")
    assert str(end.value.code).startswith("error: ")
    assert said in str(end.value.code)
    assert not (workspace / "out/README.md").exists()
