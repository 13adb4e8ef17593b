"""Variational autoencoders: codes, decoder logits and prior."""

import math

import pytest
import torch
from shapes import IMAGE
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from hourglass import models
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec, PcaSpec


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _model(output: str = "sigmoid") -> VariationalAutoencoder:
    settings = {"latent": 5, "code": "gaussian", "output": output, "encoder": {"dense": [16]}}
    model = models.build(NetworkSpec.model_validate(settings), IMAGE)
    assert isinstance(model, VariationalAutoencoder)
    return model


def _images() -> Tensor:
    return torch.rand(6, 1, 28, 28, generator=_generator(9))


def test_the_code_is_the_mean() -> None:
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
    assert logits.sigmoid().std() > 0.05  # pixels far from 0.5, where a wrong factor shows


def test_the_prior_is_standard_normal() -> None:
    model, count = _model(), 50_000
    codes = model.prior(count, _generator(1))
    assert codes.shape == (count, 5)
    assert (codes.mean(dim=0).abs() < 4 / math.sqrt(count)).all()
    torch.testing.assert_close(codes.std(dim=0), torch.ones(5), atol=0.02, rtol=0)
    assert codes.T.corrcoef().triu(1).abs().max() < 0.02
    assert torch.equal(codes, model.prior(count, _generator(1)))


def test_kl_per_dimension_matches_torch_distributions() -> None:
    model, images = _model(), _images()
    mean, log_variance = model.distribution(images)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(model.dimension_metrics(images), {"kl": expected})


@pytest.mark.parametrize(
    "spec", [NetworkSpec.model_validate({"latent": 5, "encoder": {}}), PcaSpec(kind="pca", latent=5)]
)
def test_other_models_have_no_prior_and_no_dimension_metrics(spec: NetworkSpec | PcaSpec) -> None:
    model = models.build(spec, IMAGE)
    assert model.prior(3, _generator()) is None
    assert model.dimension_metrics(_images()) == {}
