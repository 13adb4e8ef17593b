"""The training loop: against closed forms, by hand, and against itself."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from small import CLEAN, CPU, NETWORKS, NOISE, build, data_of, numbered, run_all, spec_of
from torch import Tensor, nn

from hourglass import models, training
from hourglass.corruptions import Corruption, Inputs
from hourglass.errors import UserError
from hourglass.images import Images, mean_pixel, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder, Model
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.randomness import generator
from hourglass.training import TrainingData


def _mse(model: Model, images: Tensor) -> float:
    return (model(to_float(images)) - to_float(images)).double().square().mean().item()


def test_a_linear_autoencoder_approaches_pca_from_above(digits: Images) -> None:
    spec = NetworkSpec.model_validate({"latent": 2, "activation": "none", "encoder": {}})
    linear, pca = models.build(spec), models.build(PcaSpec(kind="pca", latent=2))
    assert isinstance(linear, Autoencoder)
    linear.decoder[-1] = nn.Identity()  # a description always ends in tanh or sigmoid
    linear.initialise_output = lambda pixel: None  # and its bias is set for that
    best = run_all(pca, data_of(digits.images), None)[0].test_mse
    errors = [record.test_mse for record in run_all(linear, data_of(digits.images), spec_of(90, 40, 1e-2))]
    assert min(errors) >= best
    assert errors[-1] < 1.02 * best < 1.2 * best < errors[0]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("corruption", [CLEAN, NOISE])
def test_training_twice_gives_the_same_records_and_weights(
    digits: Images, network: str, corruption: Corruption
) -> None:
    data = data_of(digits.images[:200], corruption)
    first, second, other = (build(network) for _ in range(3))
    records = [run_all(model, data, spec_of(3), seed) for model, seed in ((first, 0), (second, 0), (other, 1))]
    timeless = [[replace(record, images_per_second=0.0) for record in run] for run in records]
    assert timeless[0] == timeless[1] != timeless[2]
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name]), name


def test_training_leaves_the_global_generator_alone(digits: Images) -> None:
    before = torch.get_rng_state()
    run_all(build("denoising_vae"), data_of(digits.images[:100], NOISE), spec_of(1))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("network", ["dense tanh", "convolutional"])
def test_one_epoch_of_one_batch_is_one_step_of_adam(digits: Images, network: str) -> None:
    images = digits.images[:40]
    trained, by_hand = build(network), build(network)
    (record,) = run_all(trained, data_of(images), spec_of(1, 40, 1e-2, weight_decay=1e-2))
    by_hand.initialise_output(images.double().mean().item() / 255)
    assert record.train_mse == pytest.approx(_mse(by_hand, images), rel=1e-5)
    optimizer = torch.optim.Adam(by_hand.parameters(), lr=1e-2, weight_decay=1e-2)
    (by_hand(to_float(images)) - to_float(images)).square().mean().mul(by_hand.span**2).backward()
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
    model, untrained = build(), build()
    (record,) = run_all(model, data_of(images), spec_of(1, 4, 1e-12))  # too small a step to move anything
    untrained.initialise_output(mean_pixel(images))
    assert record.train_mse == pytest.approx(_mse(untrained, images), rel=1e-5)


def test_a_loss_is_taken_by_its_name(digits: Images) -> None:
    data = data_of(digits.images[:30])
    with pytest.raises(KeyError, match="no such loss"):
        list(training.run(build(), data, spec_of(1), "no such loss", 0, CPU))


def test_the_terms_of_a_variational_loss_are_in_the_record(digits: Images) -> None:
    images = digits.images[:30]
    (record,) = run_all(build("denoising_vae"), data_of(images), spec_of(1, 30))
    assert record.train_terms.keys() == {"reconstruction", "kl"}
    assert 100 < record.train_terms["reconstruction"] < 784  # nats per image, not per pixel or batch
    assert record.test_terms.keys() == {"sampled_mse", "reconstruction", "kl"}
    terms = ("train_reconstruction", "train_kl", "test_sampled_mse", "test_reconstruction", "test_kl")
    assert tuple(record.metrics()) == ("train_mse", "test_mse", *terms)
    assert record.measured() == record.metrics()


def test_test_terms_are_of_the_weights_at_rest_and_of_drawn_codes(digits: Images) -> None:
    images = digits.images[:30]
    model = build("denoising_vae")
    *_, record = run_all(model, data_of(images), spec_of(3, 10))
    pixels = to_float(images)
    _, terms = LOSSES["elbo"](model, pixels, pixels, generator(0, "test sampling"))
    expected = {"sampled_mse": terms.pop("mse").item(), **{name: term.item() for name, term in terms.items()}}
    assert record.test_terms == pytest.approx(expected, rel=1e-5)
    assert record.test_mse is not None
    assert record.test_terms["sampled_mse"] > record.test_mse  # which is of mean codes


def test_columns_are_the_same_where_nothing_was_tested(digits: Images) -> None:
    data, spec = data_of(digits.images[:30]), spec_of(2, 30).model_copy(update={"test_every": 2})
    first, last = run_all(build("denoising_vae"), data, spec)
    assert list(first.metrics()) == list(last.metrics())
    assert first.metrics()["test_kl"] is None


@pytest.mark.parametrize(("epochs", "every", "measured"), [(7, 3, [3, 6, 7]), (4, 1, [1, 2, 3, 4]), (3, 10, [3])])
def test_the_test_error_is_measured_every_so_often_and_at_the_end(
    digits: Images, epochs: int, every: int, measured: list[int]
) -> None:
    records = run_all(build(), data_of(digits.images[:30]), spec_of(epochs, test_every=every))
    assert [record.epoch for record in records] == list(range(1, epochs + 1))
    assert [record.epoch for record in records if record.test_mse is not None] == measured
    assert all(("test_mse" in record.measured()) == (record.epoch in measured) for record in records)


def test_the_order_of_images_changes_from_epoch_to_epoch() -> None:
    model, given = build(), []
    model.encoder.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0][:, 0, 0, 0]))
    run_all(model, data_of(numbered(50)), spec_of(2, 50))
    first, _, second, _ = given  # a batch of training, one of testing, and again
    assert not torch.equal(first, second)
    assert torch.equal(first.sort().values, second.sort().values)


def test_the_model_is_in_evaluation_mode_whenever_it_is_handed_out(digits: Images) -> None:
    model = build()
    modes = [
        model.training for _ in training.run(model, data_of(digits.images[:30]), spec_of(3), "squared_error", 0, CPU)
    ]
    assert modes == [False, False, False]


def test_the_test_error_is_of_the_corrupted_inputs_against_the_clean_images(digits: Images) -> None:
    clean, noisy = digits.images[:30], 255 - digits.images[:30]
    model = build()
    data = TrainingData(digits.images[30:60], CLEAN, clean, Inputs(noisy, NOISE))
    record = run_all(model, data, spec_of(2))[-1]
    expected = (model(to_float(noisy)) - to_float(clean)).square().mean().item()
    assert record.test_mse == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_loss_that_is_no_longer_finite_is_said(digits: Images, network: str) -> None:
    with pytest.raises(UserError, match="loss is no longer finite in epoch 1; try a smaller learning rate"):
        run_all(build(network), data_of(digits.images[:200]), spec_of(3, 20, 1e30))


def test_a_last_step_that_ruins_the_network_is_said(digits: Images) -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 4, "encoder": {"dense": [12, 12]}}))
    with pytest.raises(UserError, match="no longer finite"):
        run_all(model, data_of(digits.images[:20]), spec_of(1, 20, 1e30))  # the loss was taken before the one step


def test_pca_is_fitted_in_closed_form_with_one_record(digits: Images) -> None:
    train, test = digits.images[:1000], digits.images[1000:]
    model = models.build(PcaSpec(kind="pca", latent=5))
    (record,) = run_all(model, TrainingData(train, CLEAN, test, Inputs(test, CLEAN)), None)
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
    error = run_all(model, data_of(digits.images), spec_of(8, 20, 3e-3))[-1].test_mse
    assert not training.collapsed(error, training.mean_image_mse(digits.images, digits.images))
