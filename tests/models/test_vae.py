"""Variational autoencoders: codes, samples and prior."""

import math

import torch
from shapes import IMAGE
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from hourglass import models
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.models.vae import sample


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _model() -> VariationalAutoencoder:
    spec = NetworkSpec.model_validate({"latent": 5, "code": "gaussian", "encoder": {"dense": [16]}})
    model = models.build(spec, IMAGE)
    assert isinstance(model, VariationalAutoencoder)
    return model


def _images() -> Tensor:
    return torch.rand(6, 1, 28, 28, generator=_generator(9))


def test_kl_per_dimension_matches_torch_distributions() -> None:
    model, images = _model(), _images()
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.mul_(5)  # means and variances far from those of the prior
    mean, log_variance = model.distribution(images)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(model.dimension_metrics(images), {"kl": expected}, rtol=1e-4, atol=1e-4)


def _assert_moments(codes: Tensor, mean: Tensor, deviation: Tensor) -> None:
    assert ((codes.mean(dim=0) - mean).abs() < 4 * deviation / math.sqrt(len(codes))).all()
    torch.testing.assert_close(codes.std(dim=0) / deviation, torch.ones_like(mean), atol=0.02, rtol=0)
    assert codes.T.corrcoef().triu(1).abs().max() < 0.02


def test_samples_and_the_prior_have_their_mean_and_variance() -> None:
    mean, log_variance = torch.tensor([-2.0, 0.0, 5.0]), torch.tensor([-3.0, 0.0, 1.5])
    codes = sample(mean.expand(100_000, 3), log_variance.expand(100_000, 3), _generator())
    _assert_moments(codes, mean, (log_variance / 2).exp())
    model = _model()
    prior = model.prior(50_000, _generator(1))
    _assert_moments(prior, torch.zeros(5), torch.ones(5))
    assert torch.equal(prior, model.prior(50_000, _generator(1)))


def test_gradients_flow_through_a_sample() -> None:
    mean = torch.randn(4, 3, generator=_generator(1)).requires_grad_()
    log_variance = torch.randn(4, 3, generator=_generator(2)).requires_grad_()
    codes = sample(mean, log_variance, _generator())
    of_mean, of_log_variance = torch.autograd.grad(codes.sum(), [mean, log_variance])
    torch.testing.assert_close(of_mean, torch.ones(4, 3))
    # d/dl (m + exp(l/2)·n) = exp(l/2)·n / 2 = (code − m) / 2
    torch.testing.assert_close(of_log_variance, (codes - mean).detach() / 2)
