"""The trainings that are compared learn the same thing, and a worker measures one from end to end."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks.__main__ import main
from benchmarks.engines import ENGINES, as_torchvision
from benchmarks.parts import multiply_adds
from benchmarks.processes import measured, rate, together
from benchmarks.results import read
from benchmarks.work import PREPARED, Job, Work, prepare
from benchmarks.worker import error_on_test_set
from hourglass import models
from hourglass.data import Images
from hourglass.errors import UserError
from hourglass.params import load

ROOT = Path(__file__).parents[2]
IMPORTABLE = ("this", "sheets-0", "in-memory")  # with the project's own environment alone; workers take seconds


@pytest.fixture
def workspace(tmp_path: Path, digits: Images, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params.yaml and prepared digits, in which the benchmark is run."""
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for part, images in (("train", digits.images[:600]), ("test", digits.images[600:900])):
        Images(images, torch.zeros(len(images), dtype=torch.uint8), "digits").save(
            tmp_path / PREPARED / f"{part}.safetensors"
        )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def _work(variant: str = "convolutional_denoising", images: int = 600, epochs: int = 2) -> Work:
    return prepare(Job("this", variant, images, threads=1, epochs=epochs))


@pytest.mark.parametrize("variant", ["linear", "variational"])
def test_every_engine_learns_alike(workspace: Path, variant: str) -> None:
    work = _work(variant, epochs=3)
    untrained = error_on_test_set(models.build(work.network, work.seed), work)
    errors = {}
    for engine in IMPORTABLE:
        outcome = ENGINES[engine](work)
        assert len(outcome.epoch_seconds) == 3
        assert all(seconds > 0 for seconds in outcome.epoch_seconds)
        errors[engine] = error_on_test_set(outcome.network, work)
    assert max(errors.values()) < 0.8 * untrained
    assert max(errors.values()) < 1.15 * min(errors.values()), errors  # they draw other shuffles and noise


def test_torchvisions_data_set_holds_the_same_images(tmp_path: Path, digits: Images) -> None:
    dataset = as_torchvision(digits.images[:20], tmp_path)
    assert len(dataset) == 20
    assert torch.equal(dataset[7][0], digits.images[7].unsqueeze(0).float() / 255)


def test_sizes_asked_for_replace_the_variants_own(workspace: Path) -> None:
    work = prepare(Job("this", "strided", 50, threads=1, latent=3, batch_size=7))
    assert (work.network.latent, work.train.batch_size, len(work.images)) == (3, 7, 50)
    assert work.train.learning_rate == load().variant("strided").train.learning_rate


@pytest.mark.parametrize("variant", ["linear", "convolutional", "variational", "strided", "selu"])
def test_multiply_adds_are_those_that_the_project_counts(workspace: Path, variant: str) -> None:
    work = _work(variant)
    cost = models.cost(models.build(work.network))
    assert multiply_adds(work) == cost["encoder_multiply_adds"] + cost["decoder_multiply_adds"]


def test_workers_measure_side_by_side(workspace: Path) -> None:
    job = Job("this", "linear", 300, threads=1, epochs=2, tested=True)
    first, second = together([job, job])
    assert first.test_mse == second.test_mse is not None
    assert max(first.began, second.began) < min(first.ended, second.ended)
    assert sum(first.epoch_seconds) <= first.ended - first.began
    assert 50 < first.peak_mb < 5000


def test_the_rate_of_the_machine_is_of_the_order_that_processors_have(workspace: Path) -> None:
    assert 1e8 < rate(threads=1) < 1e14


def test_a_worker_that_fails_is_one_sentence(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"this could not train nonsense: .*no variant 'nonsense'"):
        measured(Job("this", "nonsense", 10, threads=1))
    capfd.readouterr()


def test_a_part_is_measured_kept_and_reported(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ("--images", "300", "--rounds", "2", "--threads", "1")
    main(["epochs", "--variants", "linear", "--engines", "sheets-0", *sizes, "--into", "out"])
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("epochs, linear, round ")]) == 4
    found = read(workspace / "out/results/epochs.json")
    assert found is not None
    rounds = found["variants"]["linear"]["rounds"]
    assert [list(one) for one in rounds] == [["this", "sheets-0"], ["sheets-0", "this"]]  # turn and turn about
    assert "| linear |" in (workspace / "out/README.md").read_text(encoding="utf-8")
    assert (workspace / "out/epochs.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sprint"], "invalid choice: 'sprint'"),
        (["epochs", "--rounds", "0"], "'0' is not a number from 1 on"),
        (["epochs", "--variants", "linear,pca"], "there is no variant 'pca' to measure; there are linear, denoising"),
        (["epochs", "--engines", "keras"], "there is no engine 'keras' to measure; there are this, sheets-0"),
        (["report", "--graph", "missing.json"], "there is no such report: 'missing.json'"),
    ],
)
def test_what_cannot_be_meant_is_refused(workspace: Path, arguments: list[str], said: str) -> None:
    with pytest.raises((UserError, SystemExit, FileNotFoundError), match=said):
        main([*arguments, "--into", "out"])
    assert not (workspace / "out/README.md").exists()


def test_a_refusal_is_one_sentence(workspace: Path) -> None:
    (workspace / "out/results").mkdir(parents=True)
    (workspace / "out/results/growth.json").write_text("{", encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks", "report", "--into", "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: out/results/growth.json is not JSON")
    assert len(done.stderr.splitlines()) == 1
