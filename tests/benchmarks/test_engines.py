"""The trainings that are compared learn the same thing, and a worker measures one from end to end."""

from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import plain
from benchmarks.engines import ENGINES, as_torchvision
from benchmarks.processes import measured, together
from benchmarks.work import Job, Work, prepare
from benchmarks.worker import error_on_test_set
from hourglass import models
from hourglass.corruptions import Corruption
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.models.sizes import multiply_adds
from hourglass.settings.params import load

IMPORTABLE = ("this", "sheets-0", "in-memory")  # with the project's own environment alone; workers take seconds


def _work(variant: str = "convolutional_denoising", images: int = 600, epochs: int = 2) -> Work:
    return prepare(Job("this", variant, images, threads=1, epochs=epochs))


@pytest.mark.parametrize("variant", ["linear", "denoising_vae"])
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
    work = prepare(Job("this", "strided", 50, threads=1, latent=3, batch_size=7, precision="bfloat16"))
    assert (work.network.latent, work.train.batch_size, len(work.images)) == (3, 7, 50)
    assert (work.train.precision, work.train.epochs) == ("bfloat16", 1)
    assert work.train.learning_rate == load().variant("strided").train.learning_rate


@pytest.mark.parametrize("variant", ["linear", "denoising_vae", "selu_denoising"])
def test_loss_and_corruption_are_the_variants_own(workspace: Path, variant: str) -> None:
    work, own = prepare(Job("this", variant, 50, threads=1)), load().variant(variant)
    assert work.loss == own.loss
    assert work.corruption == Corruption.of(own.corruption, load().strengths())


@pytest.mark.parametrize("variant", ["linear", "convolutional", "denoising_vae", "strided", "selu"])
def test_multiply_adds_are_those_that_torch_counts(workspace: Path, variant: str) -> None:
    work = _work(variant)
    network = plain.build(work.network, work.loss, work.seed, work.pixel)
    with FlopCounterMode(display=False) as counter:
        network(to_float(work.images[:1]))
    assert sum(map(multiply_adds, work.network.layers())) == counter.get_total_flops() / 2


def test_workers_measure_side_by_side(workspace: Path) -> None:
    job = Job("this", "linear", 300, threads=1, epochs=50, tested=True)
    first, second = together([job, job])
    assert first.test_mse == second.test_mse is not None
    assert max(first.began, second.began) < min(first.ended, second.ended)
    assert sum(first.epoch_seconds) <= first.ended - first.began
    assert 50 < first.peak_mb < 5000


def test_a_worker_that_fails_is_one_sentence(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"this could not train nonsense: .*no variant 'nonsense'"):
        measured(Job("this", "nonsense", 10, threads=1))
    capfd.readouterr()
