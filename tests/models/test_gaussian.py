"""Samples and KL divergence of Gaussian codes, against torch.distributions."""

import math

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as torch_kl

from hourglass.models.vae import kl_divergence, sample


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_kl_matches_torch_distributions() -> None:
    mean = 3 * torch.randn(200, 7, generator=_generator(1), dtype=torch.float64)
    log_variance = 2 * torch.randn(200, 7, generator=_generator(2), dtype=torch.float64)
    expected = torch_kl(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_divergence(mean, log_variance), expected, rtol=1e-10, atol=0)
    assert not kl_divergence(torch.zeros(3, 2), torch.zeros(3, 2)).any()


def test_kl_is_the_mean_log_ratio_of_samples() -> None:
    mean, log_variance = torch.tensor([[1.5]]), torch.tensor([[-1.0]])
    codes = sample(mean.expand(200_000, 1), log_variance.expand(200_000, 1), _generator())
    ratios = Normal(mean, (log_variance / 2).exp()).log_prob(codes) - Normal(0.0, 1.0).log_prob(codes)
    assert ratios.mean().item() == pytest.approx(kl_divergence(mean, log_variance).item(), abs=0.02)


def test_samples_have_the_requested_mean_and_variance() -> None:
    mean, log_variance = torch.tensor([-2.0, 0.0, 5.0]), torch.tensor([-3.0, 0.0, 1.5])
    codes = sample(mean.expand(100_000, 3), log_variance.expand(100_000, 3), _generator())
    deviation = (log_variance / 2).exp()
    assert ((codes.mean(dim=0) - mean).abs() < 4 * deviation / math.sqrt(100_000)).all()
    torch.testing.assert_close(codes.var(dim=0) / log_variance.exp(), torch.ones(3), atol=0.02, rtol=0)
    assert codes.T.corrcoef().triu(1).abs().max() < 0.02


def test_gradients_flow_through_a_sample() -> None:
    mean = torch.randn(4, 3, generator=_generator(1)).requires_grad_()
    log_variance = torch.randn(4, 3, generator=_generator(2)).requires_grad_()
    codes = sample(mean, log_variance, _generator())
    codes.sum().backward()
    assert mean.grad is not None
    assert log_variance.grad is not None
    torch.testing.assert_close(mean.grad, torch.ones(4, 3))
    # d/dl (m + exp(l/2)·n) = exp(l/2)·n / 2 = (code − m) / 2
    torch.testing.assert_close(log_variance.grad, (codes - mean).detach() / 2)


def test_samples_depend_on_the_generator_only() -> None:
    first, again, other = (sample(torch.zeros(4, 3), torch.zeros(4, 3), _generator(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
