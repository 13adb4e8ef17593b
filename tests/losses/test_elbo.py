"""The evidence lower bound against torch.distributions and direct computation."""

import math

import pytest
import torch
from shapes import IMAGE
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from hourglass import models
from hourglass.losses import LOSSES
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.models.vae import sample

ELBO = LOSSES["elbo"]


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _model(beta: float = 1.0, latent: int = 5, output: str = "sigmoid") -> VariationalAutoencoder:
    settings = {"latent": latent, "code": "gaussian", "beta": beta, "output": output, "encoder": {"dense": [16]}}
    model = models.build(NetworkSpec.model_validate(settings), IMAGE)
    assert isinstance(model, VariationalAutoencoder)
    return model


def _images(count: int = 6) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=_generator(9))


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
@pytest.mark.parametrize("beta", [1.0, 0.0, 4.0])
def test_the_loss_is_the_negative_bound_in_nats_per_image(beta: float, output: str) -> None:
    model, inputs, targets = _model(beta, output=output), _images(), _images().flip(0)
    loss, terms = ELBO(model, inputs, targets, _generator(3))
    mean, log_variance = model.distribution(inputs)
    decoded = model.decode(sample(mean, log_variance, _generator(3)))
    log_likelihood = Bernoulli(decoded, validate_args=False).log_prob(targets).flatten(1).sum(dim=1)
    kl = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(dim=1)
    assert terms["reconstruction"].item() == pytest.approx(-log_likelihood.mean().item(), rel=1e-5)
    assert terms["kl"].item() == pytest.approx(kl.mean().item(), rel=1e-5)
    assert terms["mse"].item() == pytest.approx((decoded - targets).square().mean().item(), rel=1e-5)
    assert loss.item() == pytest.approx((beta * kl - log_likelihood).mean().item(), rel=1e-5)


def test_a_grey_decoder_costs_one_bit_per_pixel() -> None:
    model = _model()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    _, terms = ELBO(model, _images(), _images(), _generator())
    assert terms["reconstruction"].item() == pytest.approx(784 * math.log(2), rel=1e-5)
    assert terms["kl"].item() == 0


def test_a_larger_beta_pulls_codes_closer_to_the_prior() -> None:
    kl = {beta: _kl_after_training(beta) for beta in (0.0, 1.0, 100.0)}
    assert kl[0.0] > 2 * kl[1.0] > 4 * kl[100.0]


def _kl_after_training(beta: float) -> float:
    model, images, generator = _model(beta, latent=2), _images(32).round(), _generator()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        loss, terms = ELBO(model, images, images, generator)
        loss.backward()
        optimizer.step()
    return terms["kl"].item()


def test_a_saturated_decoder_has_a_finite_loss() -> None:
    model = _model()
    with torch.no_grad():
        model.decoder[-2].bias.fill_(1e4)
    loss, _ = ELBO(model, torch.zeros(2, 1, 28, 28), torch.zeros(2, 1, 28, 28), _generator())
    assert loss.isfinite()
