"""The training loop: against closed forms, by hand, and against itself."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hourglass import models, training
from hourglass.data import Corruption, Images, Inputs, as_input, mean_pixel
from hourglass.errors import UserError
from hourglass.losses import LOSSES, Loss
from hourglass.losses.loss import Terms
from hourglass.models import Autoencoder, Model, VariationalAutoencoder
from hourglass.settings.network import NetworkSpec, PcaSpec
from hourglass.settings.params import TrainSpec
from hourglass.training import EpochRecord, TrainingData

CPU = torch.device("cpu")
CLEAN = Corruption("none")
NOISE = Corruption("gaussian", sigma=0.3)
NETWORKS: dict[str, dict[str, Any]] = {
    "dense tanh": {"code": "relu", "output": "tanh", "encoder": {"dense": [12]}},
    "convolutional": {"encoder": {"convolutions": [{"channels": 3, "kernel": 3, "stride": 2, "padding": 1}]}},
    "variational": {"code": "gaussian", "encoder": {"dense": [12]}},
}


def _build(network: str = "dense tanh", latent: int = 4) -> Autoencoder:
    model = models.build(NetworkSpec.model_validate({"latent": latent} | NETWORKS[network]), seed=3)
    assert isinstance(model, Autoencoder)
    return model


def _data(images: Tensor, inputs: Tensor | Corruption = CLEAN) -> TrainingData:
    return TrainingData(images, inputs, images, Inputs(images, CLEAN))


def _spec(epochs: int = 2, batch_size: int = 64, learning_rate: float = 1e-3, **others: Any) -> TrainSpec:
    return TrainSpec(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, **others)


def _run(model: Model, data: TrainingData, spec: TrainSpec | None, seed: int = 0) -> list[EpochRecord]:
    return list(training.run(model, data, spec, _loss(model), seed, CPU))


def _loss(model: Model) -> str:
    return "elbo" if isinstance(model, VariationalAutoencoder) else "squared_error"


def _mse(model: Model, images: Tensor) -> float:
    return (model(as_input(images)) - as_input(images)).double().square().mean().item()


def test_a_linear_autoencoder_approaches_pca_from_above(digits: Images) -> None:
    spec = NetworkSpec.model_validate({"latent": 2, "activation": "none", "encoder": {}})
    linear, pca = models.build(spec), models.build(PcaSpec(kind="pca", latent=2))
    assert isinstance(linear, Autoencoder)
    linear.decoder[-1] = nn.Identity()  # a description always ends in tanh or sigmoid
    linear.start_at = lambda pixel: None  # and its bias is set for that
    best = _run(pca, _data(digits.images), None)[0].test_mse
    errors = [record.test_mse for record in _run(linear, _data(digits.images), _spec(90, 40, 1e-2))]
    assert min(errors) >= best
    assert errors[-1] < 1.02 * best < 1.2 * best < errors[0]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("corruption", [CLEAN, NOISE])
def test_training_twice_gives_the_same_records_and_weights(
    digits: Images, network: str, corruption: Corruption
) -> None:
    data = _data(digits.images[:200], corruption)
    first, second, other = (_build(network) for _ in range(3))
    records = [_run(model, data, _spec(3), seed) for model, seed in ((first, 0), (second, 0), (other, 1))]
    timeless = [[replace(record, images_per_second=0.0) for record in run] for run in records]
    assert timeless[0] == timeless[1] != timeless[2]
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


def test_training_leaves_the_global_generator_alone(digits: Images) -> None:
    before = torch.get_rng_state()
    _run(_build("variational"), _data(digits.images[:100], NOISE), _spec(1))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("network", ["dense tanh", "convolutional"])
def test_one_epoch_of_one_batch_is_one_step_of_adam(digits: Images, network: str) -> None:
    images = digits.images[:40]
    trained, by_hand = _build(network), _build(network)
    (record,) = _run(trained, _data(images), _spec(1, 40, 1e-2, weight_decay=1e-2))
    by_hand.start_at(images.double().mean().item() / 255)
    assert record.train_mse == pytest.approx(_mse(by_hand, images), rel=1e-5)
    optimizer = torch.optim.Adam(by_hand.parameters(), lr=1e-2, weight_decay=1e-2)
    (by_hand(as_input(images)) - as_input(images)).square().mean().mul(by_hand.span**2).backward()
    optimizer.step()
    for name, tensor in trained.state_dict().items():
        # Adam's first step is the learning rate times the gradient's sign: rounding decides where that is near 0
        assert (tensor - by_hand.state_dict()[name]).abs().median() < 1e-6, name
    assert record.test_mse == pytest.approx(_mse(by_hand, images), rel=1e-2)
    assert record.test_mse == pytest.approx(_mse(trained, images), rel=1e-5)
    assert (record.epoch, record.train_terms) == (1, {})
    assert record.images_per_second > 0


def test_an_epochs_error_is_pooled_over_images_not_averaged_over_batches() -> None:
    images = torch.zeros(5, 28, 28, dtype=torch.uint8)
    images[0] = 255
    model, untrained = _build(), _build()
    (record,) = _run(model, _data(images), _spec(1, 4, 1e-12))  # too small a step to move anything
    untrained.start_at(mean_pixel(images))
    assert record.train_mse == pytest.approx(_mse(untrained, images), rel=1e-5)


def test_a_loss_is_taken_by_its_name(digits: Images) -> None:
    data = _data(digits.images[:30])
    with pytest.raises(KeyError, match="no such loss"):
        list(training.run(_build(), data, _spec(1), "no such loss", 0, CPU))


def test_the_terms_of_a_variational_loss_are_in_the_record(digits: Images) -> None:
    images = digits.images[:30]
    (record,) = _run(_build("variational"), _data(images), _spec(1, 30))
    assert record.train_terms.keys() == {"reconstruction", "kl"}
    assert 100 < record.train_terms["reconstruction"] < 784  # nats per image, not per pixel or batch
    assert record.metrics().keys() == {"train_mse", "test_mse", "train_reconstruction", "train_kl"}
    assert record.measured() == record.metrics()


@pytest.mark.parametrize(("epochs", "every", "measured"), [(7, 3, [3, 6, 7]), (4, 1, [1, 2, 3, 4]), (3, 10, [3])])
def test_the_test_error_is_measured_every_so_often_and_at_the_end(
    digits: Images, epochs: int, every: int, measured: list[int]
) -> None:
    records = _run(_build(), _data(digits.images[:30]), _spec(epochs, test_every=every))
    assert [record.epoch for record in records] == list(range(1, epochs + 1))
    assert [record.epoch for record in records if record.test_mse is not None] == measured
    assert all(("test_mse" in record.measured()) == (record.epoch in measured) for record in records)


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
    list(training.run(_build(), data, _spec(epochs, 7), "watched", 0, CPU))
    seen = [(batch.inputs, batch.targets) for batch in batches]
    inputs, targets = (torch.cat(part).reshape(epochs, -1, 28, 28) for part in zip(*seen, strict=True))
    order = targets[:, :, 0, 0].argsort(dim=1)
    epoch = torch.arange(epochs)[:, None]
    return inputs[epoch, order], targets[epoch, order]


def _first_batch(batches: list[Batch], seed: int, inputs: Corruption = NOISE) -> Batch:
    batches.clear()
    images = torch.full((20, 28, 28), 128, dtype=torch.uint8)
    list(training.run(_build(), _data(images, inputs), _spec(1, 20), "watched", seed, CPU))
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


def _numbered(count: int) -> Tensor:
    """Grey images (N, 28, 28) that the first pixel tells apart."""
    images = torch.full((count, 28, 28), 128, dtype=torch.uint8)
    images[:, 0, 0] = torch.arange(count)
    return images


def test_every_image_is_seen_once_an_epoch(batches: list[Batch]) -> None:
    images = _numbered(20)
    inputs, targets = _given(batches, _data(images), 3)
    assert torch.equal(targets, as_input(images).squeeze(1).expand(3, -1, -1, -1))
    assert torch.equal(inputs, targets)


def test_fresh_noise_is_drawn_for_every_batch_and_targets_stay_clean(batches: list[Batch]) -> None:
    images = _numbered(20)
    inputs, targets = _given(batches, _data(images, NOISE), 3)
    assert torch.equal(targets, as_input(images).squeeze(1).expand(3, -1, -1, -1))
    noise = inputs - targets
    assert noise.std().item() == pytest.approx(0.27, abs=0.02)  # 0.3, clipped
    assert noise.flatten(0, 1).flatten(1).corrcoef().triu(1).abs().max() < 0.2


def test_fixed_noise_stays_with_its_image(batches: list[Batch]) -> None:
    images = _numbered(20)
    noisy = torch.randint(0, 256, images.shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    inputs, targets = _given(batches, _data(images, noisy), 3)
    assert torch.equal(targets, as_input(images).squeeze(1).expand(3, -1, -1, -1))
    assert torch.equal(inputs, as_input(noisy).squeeze(1).expand(3, -1, -1, -1))


def test_the_order_of_images_changes_from_epoch_to_epoch() -> None:
    model, given = _build(), []
    model.encoder.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0][:, 0, 0, 0]))
    _run(model, _data(_numbered(50)), _spec(2, 50))
    first, _, second, _ = given  # a batch of training, one of testing, and again
    assert not torch.equal(first, second)
    assert torch.equal(first.sort().values, second.sort().values)


def test_the_model_is_in_evaluation_mode_whenever_it_is_handed_out(digits: Images) -> None:
    model = _build()
    modes = [model.training for _ in training.run(model, _data(digits.images[:30]), _spec(3), "squared_error", 0, CPU)]
    assert modes == [False, False, False]


def test_the_test_error_is_of_the_corrupted_inputs_against_the_clean_images(digits: Images) -> None:
    clean, noisy = digits.images[:30], 255 - digits.images[:30]
    model = _build()
    data = TrainingData(digits.images[30:60], CLEAN, clean, Inputs(noisy, NOISE))
    record = _run(model, data, _spec(2))[-1]
    expected = (model(as_input(noisy)) - as_input(clean)).square().mean().item()
    assert record.test_mse == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_loss_that_is_no_longer_finite_is_said(digits: Images, network: str) -> None:
    with pytest.raises(UserError, match="loss is no longer finite in epoch 1; try a smaller learning rate"):
        _run(_build(network), _data(digits.images[:200]), _spec(3, 20, 1e30))


def test_a_last_step_that_ruins_the_network_is_said(digits: Images) -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 4, "encoder": {"dense": [12, 12]}}))
    with pytest.raises(UserError, match="no longer finite"):
        _run(model, _data(digits.images[:20]), _spec(1, 20, 1e30))  # the loss was taken before the one step


def test_pca_is_fitted_in_closed_form_with_one_record(digits: Images) -> None:
    train, test = digits.images[:1000], digits.images[1000:]
    model = models.build(PcaSpec(kind="pca", latent=5))
    (record,) = _run(model, TrainingData(train, CLEAN, test, Inputs(test, CLEAN)), None)
    eigenvalues = torch.linalg.eigvalsh(train.flatten(1).double().div(255).T.cov(correction=0))
    assert record.train_mse == pytest.approx(eigenvalues[:-5].sum().item() / 784, rel=1e-4)
    assert record.test_mse == pytest.approx(_mse(model, test), rel=1e-5)
    assert (record.epoch, record.train_terms) == (1, {})
    assert math.isfinite(record.images_per_second)


@pytest.mark.parametrize(
    "network",
    [
        {"code": "relu", "output": "tanh", "encoder": {"dense": [64]}},
        {"encoder": {"convolutions": [{"channels": 3, "kernel": 3, "stride": 2, "padding": 1}]}},
        {"code": "gaussian", "encoder": {"dense": [32]}},
    ],
)
def test_a_training_does_not_end_at_the_mean_image(digits: Images, network: dict[str, Any]) -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 8} | network))
    error = _run(model, _data(digits.images), _spec(8, 20, 3e-3))[-1].test_mse
    assert not training.collapsed(error, training.mean_image_mse(digits.images, digits.images))
