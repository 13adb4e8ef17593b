"""Diagonal Gaussians as codes: sampling and KL divergence (Kingma & Welling 2014)."""

import torch
from torch import Tensor


def sample(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one code from each Gaussian by reparameterisation.

    A draw from N(mean, variance) has no gradient. Computed as mean + standard deviation · noise with noise ~ N(0, 1),
    it has the same distribution and is differentiable in mean and log-variance.

    Args:
        mean: float (B, K).
        log_variance: float (B, K).
        generator: source of the noise, on the device of `mean`.

    Returns:
        Codes (B, K).
    """
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + torch.exp(log_variance / 2) * noise


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) ‖ N(0, 1)) of each latent dimension in nats: (B, K), (B, K) to (B, K).

    ½ (mean² + variance − 1 − log variance), Kingma & Welling 2014, appendix B.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2
