"""What a step of the training loop is given: images, noise and samples."""

from dataclasses import dataclass

import pytest
import torch
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
    """What a loss was given, and what it then drew from its generator: all (B, 1, 28, 28)."""

    inputs: Tensor
    targets: Tensor
    drawn: Tensor


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Batch]:
    """Filled by trainings with the loss `watched`, which is the squared error."""
    seen: list[Batch] = []

    def watched(model: Autoencoder, inputs: Tensor, targets: Tensor, sampling: torch.Generator) -> tuple[Tensor, Terms]:
        seen.append(Batch(inputs.clone(), targets.clone(), torch.randn(inputs.shape, generator=sampling)))
        return LOSSES["squared_error"](model, inputs, targets, sampling)

    monkeypatch.setitem(LOSSES, "watched", Loss(watched))
    return seen


def _given(batches: list[Batch], data: TrainingData, epochs: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets (epochs, N, 28, 28) that the model was given, sorted in each epoch by the first pixel."""
    list(training.run(build(), data, spec_of(epochs, 7), "watched", 0, CPU))
    seen = [(batch.inputs, batch.targets) for batch in batches]
    inputs, targets = (torch.cat(part).reshape(epochs, -1, 28, 28) for part in zip(*seen, strict=True))
    order = targets[:, :, 0, 0].argsort(dim=1)
    epoch = torch.arange(epochs)[:, None]
    return inputs[epoch, order], targets[epoch, order]


def _first_batch(batches: list[Batch], seed: int, inputs: Corruption = NOISE) -> Batch:
    batches.clear()
    images = torch.full((20, 28, 28), 128, dtype=torch.uint8)
    list(training.run(build(), data_of(images, inputs), spec_of(1, 20), "watched", seed, CPU))
    return batches[0]


def test_noise_and_samples_follow_from_the_seed(batches: list[Batch]) -> None:
    first, again, other = (_first_batch(batches, seed) for seed in (1, 1, 2))
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.drawn, again.drawn)
    # every image is the same grey, so that their order plays no part
    assert _correlation(first.inputs, other.inputs) < 0.05
    assert _correlation(first.drawn, other.drawn) < 0.05


def test_the_noise_of_images_and_that_of_codes_have_nothing_in_common(batches: list[Batch]) -> None:
    batch = _first_batch(batches, 1)
    assert batch.inputs.std().item() == pytest.approx(0.27, abs=0.02)  # 0.3, clipped
    assert _correlation(batch.inputs, batch.drawn) < 0.05


def test_codes_are_sampled_alike_whether_or_not_images_are_noisy(batches: list[Batch]) -> None:
    assert torch.equal(_first_batch(batches, 1, NOISE).drawn, _first_batch(batches, 1, CLEAN).drawn)


def _correlation(first: Tensor, second: Tensor) -> float:
    return abs(torch.stack([first.flatten(), second.flatten()]).corrcoef()[0, 1].item())


def test_every_image_is_seen_once_an_epoch(batches: list[Batch]) -> None:
    images = numbered(20)
    inputs, targets = _given(batches, data_of(images), 3)
    assert torch.equal(targets, to_float(images).squeeze(1).expand(3, -1, -1, -1))
    assert torch.equal(inputs, targets)


def test_fresh_noise_is_drawn_for_every_batch_and_targets_stay_clean(batches: list[Batch]) -> None:
    images = numbered(20)
    inputs, targets = _given(batches, data_of(images, NOISE), 3)
    assert torch.equal(targets, to_float(images).squeeze(1).expand(3, -1, -1, -1))
    noise = inputs - targets
    assert noise.std().item() == pytest.approx(0.27, abs=0.02)  # 0.3, clipped
    assert noise.flatten(0, 1).flatten(1).corrcoef().triu(1).abs().max() < 0.2


def test_fixed_noise_stays_with_its_image(batches: list[Batch]) -> None:
    images = numbered(20)
    noisy = torch.randint(0, 256, images.shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    inputs, targets = _given(batches, data_of(images, noisy), 3)
    assert torch.equal(targets, to_float(images).squeeze(1).expand(3, -1, -1, -1))
    assert torch.equal(inputs, to_float(noisy).squeeze(1).expand(3, -1, -1, -1))
