"""Records of the training loop, against closed forms and direct computations."""

import math

import pytest
import torch
from shapes import IMAGE
from small import CLEAN, CPU, NOISE, build, data_of, run_all, spec_of
from torch import Tensor, nn

from hourglass import models, training
from hourglass.corruptions import CorruptedImages
from hourglass.errors import UserError
from hourglass.images import Images, to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder, Model
from hourglass.models.spec import NetworkSpec, PcaSpec
from hourglass.randomness import generator
from hourglass.training import TrainingData


def _mse(model: Model, images: Tensor) -> float:
    return (model(to_float(images)) - to_float(images)).double().square().mean().item()


def test_a_linear_autoencoder_approaches_pca_from_above(digits: Images) -> None:
    spec = NetworkSpec.model_validate({"latent": 2, "activation": "none", "encoder": {}})
    linear, pca = models.build(spec, IMAGE), models.build(PcaSpec(kind="pca", latent=2), IMAGE)
    assert isinstance(linear, Autoencoder)
    linear.decoder[-1] = nn.Identity()  # a specification always ends in tanh or sigmoid
    linear.initialise_output = lambda pixel: None  # its bias is meant for that output
    data = data_of(digits.images[:200])
    best = run_all(pca, data, None)[0].test_mse
    errors = [record.test_mse for record in run_all(linear, data, spec_of(120, 10, 1e-2))]
    assert min(errors) >= best
    assert errors[-1] < 1.02 * best < 1.2 * best < errors[0]


def test_pretrained_weights_are_kept(digits: Images) -> None:
    data = data_of(digits.images[:100])
    model = build()
    run_all(model, data, spec_of(20, 20, 1e-2))
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    (record,) = training.run(model, data, spec_of(1, 100, 1e-12), "squared_error", 0, CPU, pretrained=True)
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, weights[name], rtol=0, atol=1e-9)
    assert record.train_mse == pytest.approx(_mse(model, data.images), rel=1e-5)


def test_terms_of_the_elbo(digits: Images) -> None:
    images, model = digits.images[:30], build("vae")
    *_, record = run_all(model, data_of(images), spec_of(3, 10))
    assert record.train_terms.keys() == {"reconstruction", "kl"}
    assert 100 < record.train_terms["reconstruction"] < 784  # nats per image, not per pixel or batch
    columns = ["train_mse", "test_mse", "train_reconstruction", "train_kl"]
    assert list(record.metrics()) == [*columns, "test_sampled_mse", "test_reconstruction", "test_kl"]
    assert record.logged() == {**record.metrics(), "images_per_second": record.images_per_second}
    pixels = to_float(images)
    _, terms = LOSSES["elbo"](model, pixels, pixels, generator(0, "test sampling"))
    expected = {"sampled_mse": terms.pop("mse").item(), **{name: term.item() for name, term in terms.items()}}
    assert record.test_terms == pytest.approx(expected, rel=1e-5)
    assert record.test_mse is not None
    assert record.test_terms["sampled_mse"] > record.test_mse  # of mean codes


@pytest.mark.parametrize(("epochs", "every", "tested"), [(7, 3, [3, 6, 7]), (4, 1, [1, 2, 3, 4]), (3, 10, [3])])
def test_epochs_that_are_tested(digits: Images, epochs: int, every: int, tested: list[int]) -> None:
    records = run_all(build("vae"), data_of(digits.images[:30]), spec_of(epochs, test_every=every))
    assert [record.epoch for record in records] == list(range(1, epochs + 1))
    assert [record.epoch for record in records if record.test_mse is not None] == tested
    assert all(("test_kl" in record.logged()) == (record.epoch in tested) for record in records)
    assert len({tuple(record.metrics()) for record in records}) == 1


def test_the_model_is_in_evaluation_mode_after_each_epoch(digits: Images) -> None:
    model, data = build(), data_of(digits.images[:30])
    assert not any(model.training for _ in training.run(model, data, spec_of(3), "squared_error", 0, CPU))


def test_the_test_error_compares_corrupted_inputs_with_clean_images(digits: Images) -> None:
    clean, inverted = digits.images[:30], 255 - digits.images[:30]
    model = build()
    data = TrainingData(digits.images[30:60], CLEAN, clean, CorruptedImages(inverted, NOISE))
    record = run_all(model, data, spec_of(2))[-1]
    expected = (model(to_float(inverted)) - to_float(clean)).square().mean().item()
    assert record.test_mse == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(  # the last step alone can diverge, after the loss was computed
    ("network", "batch_size"), [("dense", 20), ("convolutional", 200), ("vae", 200)]
)
def test_divergence_is_reported(digits: Images, network: str, batch_size: int) -> None:
    with pytest.raises(UserError, match=r"loss is not finite in epoch 1; reduce train\.learning_rate"):
        run_all(build(network), data_of(digits.images[:200]), spec_of(1, batch_size, 1e30))


def test_pca_is_fitted_in_closed_form(digits: Images) -> None:
    train, test = digits.images[:1000], digits.images[1000:]
    model = models.build(PcaSpec(kind="pca", latent=5), IMAGE)
    (record,) = run_all(model, TrainingData(train, CLEAN, test, CorruptedImages(test, CLEAN)), None)
    eigenvalues = torch.linalg.eigvalsh(train.flatten(1).double().div(255).T.cov(correction=0))
    assert record.train_mse == pytest.approx(eigenvalues[:-5].sum().item() / 784, rel=1e-4)
    assert record.test_mse == pytest.approx(_mse(model, test), rel=1e-5)
    assert (record.epoch, record.train_terms, record.state()) == (1, {}, {})
    assert record.images_per_second is not None
    assert math.isfinite(record.images_per_second)
