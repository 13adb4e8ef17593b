"""The variational autoencoder: a code that is a distribution, and its prior."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from hourglass import models
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec, PcaSpec


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _model(output: str = "sigmoid") -> VariationalAutoencoder:
    settings = {"latent": 5, "code": "gaussian", "output": output, "encoder": {"dense": [16]}}
    model = models.build(NetworkSpec.model_validate(settings))
    assert isinstance(model, VariationalAutoencoder)
    return model


def _images(count: int = 6) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=_generator(9))


def test_the_code_is_the_mean_and_reconstructions_are_repeatable() -> None:
    model, images = _model(), _images()
    mean, log_variance = model.distribution(images)
    assert mean.shape == log_variance.shape == (6, 5)
    assert torch.equal(model.encode(images), mean)
    assert torch.equal(model(images), model.decode(mean))


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
def test_a_decoded_pixel_is_the_sigmoid_of_its_logit(output: str) -> None:
    model, codes = _model(output), 3 * torch.randn(50, 5, generator=_generator())
    logits = model.logits(codes)
    assert logits.shape == (50, 1, 28, 28)
    torch.testing.assert_close(logits.sigmoid(), model.decode(codes))
    assert logits.sigmoid().std() > 0.05  # not all pixels are near the middle, where a factor would not show


def test_the_prior_is_the_standard_normal_from_the_generator_alone() -> None:
    model, count = _model(), 50_000
    codes = model.prior(count, _generator(1))
    assert codes.shape == (count, 5)
    assert (codes.mean(dim=0).abs() < 4 / math.sqrt(count)).all()
    assert torch.allclose(codes.std(dim=0), torch.ones(5), atol=0.02)
    assert codes.T.corrcoef().triu(1).abs().max() < 0.02
    assert torch.equal(codes, model.prior(count, _generator(1)))
    assert not torch.equal(codes, model.prior(count, _generator(2)))


def test_the_kl_of_every_code_number_is_that_of_torch_distributions() -> None:
    model, images = _model(), _images()
    mean, log_variance = model.distribution(images)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    found = model.dimension_metrics(images)
    assert found.keys() == {"kl"}
    torch.testing.assert_close(found["kl"], expected)


@pytest.mark.parametrize("network", [{"encoder": {}}, {"kind": "pca"}])
def test_other_models_have_neither_a_prior_nor_figures_of_their_own(network: dict[str, object]) -> None:
    spec = PcaSpec if "kind" in network else NetworkSpec
    model = models.build(spec.model_validate({"latent": 5} | network))
    assert model.prior(3, _generator()) is None
    assert model.dimension_metrics(_images()) == {}
    assert model.active_sd < _model().active_sd
