"""Inputs, targets and random numbers of training steps."""

from dataclasses import dataclass

import pytest
import torch
from shapes import IMAGE
from small import CLEAN, CPU, NOISE, build, data_of, numbered, spec_of
from torch import Tensor

from hourglass import training
from hourglass.corruptions import Corruption
from hourglass.images import to_float
from hourglass.losses import LOSSES, Loss
from hourglass.losses.base import Terms
from hourglass.models import Autoencoder
from hourglass.training import TrainingData


@dataclass(frozen=True)
class Batch:
    """Arguments of a loss, and random numbers from its generator: all (B, 1, 28, 28)."""

    inputs: Tensor
    targets: Tensor
    samples: Tensor


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Batch]:
    """Batches of runs with the loss `recorded`, a squared error."""
    batches: list[Batch] = []

    def record(model: Autoencoder, inputs: Tensor, targets: Tensor, sampling: torch.Generator) -> tuple[Tensor, Terms]:
        batches.append(Batch(inputs.clone(), targets.clone(), torch.randn(inputs.shape, generator=sampling)))
        return LOSSES["squared_error"](model, inputs, targets, sampling)

    monkeypatch.setitem(LOSSES, "recorded", Loss(record))
    return batches


def _epochs(batches: list[Batch], data: TrainingData, epochs: int) -> tuple[Tensor, Tensor]:
    """Return inputs and targets (epochs, N, 1, 28, 28), in the order of the images."""
    list(training.run(build(), data, spec_of(epochs, 7), "recorded", 0, CPU))
    inputs = torch.cat([batch.inputs for batch in batches]).reshape(epochs, -1, *IMAGE)
    targets = torch.cat([batch.targets for batch in batches]).reshape(epochs, -1, *IMAGE)
    order, epoch = targets[:, :, 0, 0, 0].argsort(dim=1), torch.arange(epochs)[:, None]
    return inputs[epoch, order], targets[epoch, order]


def _first_batch(batches: list[Batch], seed: int, inputs: Corruption = NOISE) -> Batch:
    batches.clear()
    images = torch.full((20, *IMAGE), 128, dtype=torch.uint8)  # equal, so that their order is irrelevant
    list(training.run(build(), data_of(images, inputs), spec_of(1, 20), "recorded", seed, CPU))
    return batches[0]


def _correlation(first: Tensor, second: Tensor) -> float:
    return abs(torch.stack([first.flatten(), second.flatten()]).corrcoef()[0, 1].item())


def test_noise_and_samples_depend_on_the_seed_and_are_independent(batches: list[Batch]) -> None:
    first, again, other = (_first_batch(batches, seed) for seed in (1, 1, 2))
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.samples, again.samples)
    assert first.inputs.std().item() == pytest.approx(0.27, abs=0.02)  # 0.3, clipped
    for pair in ((first.inputs, other.inputs), (first.samples, other.samples), (first.inputs, first.samples)):
        assert _correlation(*pair) < 0.05


def test_samples_do_not_depend_on_the_corruption(batches: list[Batch]) -> None:
    assert torch.equal(_first_batch(batches, 1, NOISE).samples, _first_batch(batches, 1, CLEAN).samples)


def test_every_image_occurs_once_per_epoch(batches: list[Batch]) -> None:
    images = numbered(20)
    inputs, targets = _epochs(batches, data_of(images), 3)
    assert torch.equal(targets, to_float(images).expand(3, -1, -1, -1, -1))
    assert torch.equal(inputs, targets)


def test_fresh_noise_differs_between_epochs_and_targets_are_clean(batches: list[Batch]) -> None:
    images = numbered(20)
    inputs, targets = _epochs(batches, data_of(images, NOISE), 3)
    assert torch.equal(targets, to_float(images).expand(3, -1, -1, -1, -1))
    noise = inputs - targets
    assert noise.std().item() == pytest.approx(0.27, abs=0.02)
    assert noise.flatten(0, 1).flatten(1).corrcoef().triu(1).abs().max() < 0.2


def test_fixed_noise_belongs_to_its_image(batches: list[Batch]) -> None:
    images = numbered(20)
    noisy = torch.randint(0, 256, images.shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    inputs, targets = _epochs(batches, data_of(images, noisy), 3)
    assert torch.equal(targets, to_float(images).expand(3, -1, -1, -1, -1))
    assert torch.equal(inputs, to_float(noisy).expand(3, -1, -1, -1, -1))
