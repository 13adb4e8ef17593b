"""The evidence lower bound against torch.distributions and direct computation."""

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal, kl_divergence

from hourglass import models
from hourglass.losses import LOSSES, elbo
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _model(beta: float = 1.0, latent: int = 5, output: str = "sigmoid") -> VariationalAutoencoder:
    settings = {"latent": latent, "code": "gaussian", "beta": beta, "output": output, "encoder": {"dense": [16]}}
    model = models.build(NetworkSpec.model_validate(settings))
    assert isinstance(model, VariationalAutoencoder)
    return model


def _images(count: int = 6) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=_generator(9))


def test_kl_is_that_of_torch_distributions() -> None:
    mean = 3 * torch.randn(200, 7, generator=_generator(1), dtype=torch.float64)
    log_variance = 2 * torch.randn(200, 7, generator=_generator(2), dtype=torch.float64)
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    found = elbo.kl_divergence(mean, log_variance)
    assert torch.allclose(found, expected, rtol=1e-10)
    assert (found >= 0).all()
    assert not elbo.kl_divergence(torch.zeros(3, 2), torch.zeros(3, 2)).any()


def test_kl_is_the_mean_of_the_log_ratio_over_samples() -> None:
    mean, log_variance = torch.tensor([[1.5]]), torch.tensor([[-1.0]])
    code = elbo.sample(mean.expand(200_000, 1), log_variance.expand(200_000, 1), _generator())
    ratio = Normal(mean, (log_variance / 2).exp()).log_prob(code) - Normal(0.0, 1.0).log_prob(code)
    assert ratio.mean().item() == pytest.approx(elbo.kl_divergence(mean, log_variance).item(), abs=0.02)


def test_samples_have_the_mean_and_the_variance_asked_for() -> None:
    mean, log_variance = torch.tensor([-2.0, 0.0, 5.0]), torch.tensor([-3.0, 0.0, 1.5])
    code = elbo.sample(mean.expand(100_000, 3), log_variance.expand(100_000, 3), _generator())
    deviation = (log_variance / 2).exp()
    assert ((code.mean(dim=0) - mean).abs() < 4 * deviation / math.sqrt(100_000)).all()
    assert torch.allclose(code.var(dim=0) / log_variance.exp(), torch.ones(3), atol=0.02)
    assert code.T.corrcoef().triu(1).abs().max() < 0.02


def test_gradients_flow_through_a_sample() -> None:
    mean = torch.randn(4, 3, generator=_generator(1)).requires_grad_()
    log_variance = torch.randn(4, 3, generator=_generator(2)).requires_grad_()
    code = elbo.sample(mean, log_variance, _generator())
    code.sum().backward()
    assert mean.grad is not None
    assert torch.equal(mean.grad, torch.ones(4, 3))
    # d/dl (m + exp(l/2)·n) = exp(l/2)·n / 2 = (code − m) / 2
    assert log_variance.grad is not None
    assert torch.allclose(log_variance.grad, (code - mean).detach() / 2, atol=1e-6)


def test_a_sample_comes_from_the_generator_alone() -> None:
    mean, log_variance = torch.zeros(4, 3), torch.zeros(4, 3)
    first, again, other = (elbo.sample(mean, log_variance, _generator(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("output", ["sigmoid", "tanh"])
@pytest.mark.parametrize("beta", [1.0, 0.0, 4.0])
def test_the_loss_is_the_negative_bound_in_nats_per_image(beta: float, output: str) -> None:
    model, inputs, targets = _model(beta, output=output), _images(), _images().flip(0)
    loss, terms = LOSSES["elbo"](model, inputs, targets, _generator(3))
    mean, log_variance = model.distribution(inputs)
    decoded = model.decode(elbo.sample(mean, log_variance, _generator(3)))
    log_likelihood = Bernoulli(decoded, validate_args=False).log_prob(targets).flatten(1).sum(dim=1)
    kl = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(dim=1)
    assert terms["reconstruction"].item() == pytest.approx(-log_likelihood.mean().item(), rel=1e-5)
    assert terms["kl"].item() == pytest.approx(kl.mean().item(), rel=1e-5)
    assert terms["mse"].item() == pytest.approx((decoded - targets).square().mean().item(), rel=1e-5)
    assert loss.item() == pytest.approx((beta * kl - log_likelihood).mean().item(), rel=1e-5)
    assert not any(term.requires_grad for term in terms.values())


def test_terms_are_per_image_whatever_the_size_of_the_batch() -> None:
    model, image = _model(), _images(1)
    with torch.no_grad():
        model.encoder[-2].bias[5:] = -40.0  # hardly any variance: samples are the mean
    _, one = LOSSES["elbo"](model, image, image, _generator())
    _, many = LOSSES["elbo"](model, image.expand(8, -1, -1, -1), image.expand(8, -1, -1, -1), _generator())
    for name in ("reconstruction", "kl", "mse"):
        assert one[name].item() == pytest.approx(many[name].item(), rel=1e-5)


def test_a_decoder_that_answers_grey_costs_a_bit_per_pixel() -> None:
    model = _model()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    _, terms = LOSSES["elbo"](model, _images(), _images(), _generator())
    assert terms["reconstruction"].item() == pytest.approx(784 * math.log(2), rel=1e-5)
    assert terms["kl"].item() == 0


def test_beta_draws_the_codes_to_the_prior() -> None:
    kl = {beta: _kl_after_training(beta) for beta in (0.0, 1.0, 100.0)}
    assert kl[0.0] > 2 * kl[1.0] > 4 * kl[100.0]


def _kl_after_training(beta: float) -> float:
    model, images, draw = _model(beta, latent=2), _images(32).round(), _generator()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        loss, terms = LOSSES["elbo"](model, images, images, draw)
        loss.backward()
        optimizer.step()
    return terms["kl"].item()


def test_a_saturated_decoder_has_a_finite_loss() -> None:
    model = _model()
    with torch.no_grad():
        model.decoder[-2].bias.fill_(1e4)
    loss, _ = LOSSES["elbo"](model, torch.zeros(2, 1, 28, 28), torch.zeros(2, 1, 28, 28), _generator())
    assert loss.isfinite()


def test_it_is_for_codes_that_are_distributions_and_no_other_loss_is() -> None:
    assert [name for name, loss in LOSSES.items() if loss.suits("gaussian")] == ["elbo"]
    assert not LOSSES["elbo"].suits("relu")
