"""The variational autoencoder (Kingma & Welling 2014): an autoencoder whose code is a distribution.

A plain autoencoder may place codes anywhere, with gaps in which the decoder has learned nothing. Here, the encoder
outputs a Gaussian N(mean, exp(log_variance)) for every image, and the decoder must reconstruct the image from any code
drawn from this Gaussian. A second term of the loss pulls all Gaussians towards a known distribution, the prior N(0, I).
After training, codes sampled from the prior decode to images.
"""

import torch
from torch import Tensor

from hourglass.models.network import Autoencoder


class VariationalAutoencoder(Autoencoder):
    """Autoencoder with Gaussian codes. `distribution` returns means and log-variances, and `encode` returns means."""

    active_sd = 0.1  # of the mean: variance 0.01, "active units" of Burda et al. 2016
    kl_weight = 1.0  # factor of `spec.beta`, below 1 during a warm-up

    def distribution(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Encode images (B, C, H, W) in [0, 1] to the means (B, K) and log-variances (B, K) of Gaussian codes."""
        mean, log_variance = super().encode(images).chunk(2, dim=1)
        return mean, log_variance

    def encode(self, images: Tensor) -> Tensor:
        """Encode images (B, C, H, W) in [0, 1] to the means (B, K) of Gaussian codes."""
        return self.distribution(images)[0]

    def logits(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to logits (B, C, H, W), whose sigmoid equals `decode(codes)`.

        The logits are computed without the last activation, which can round pixels to exactly 0 or 1. A tanh output is
        decoded to (tanh(z) + 1) / 2 = sigmoid(2z), so its logits are 2z (`span` is 2 for tanh).
        """
        return self.span * self.to_image(self.decoder[:-1](codes))

    def prior(self, count: int, generator: torch.Generator) -> Tensor:
        """Draw codes (count, K) from the prior N(0, I)."""
        return torch.randn(count, self.spec.latent, generator=generator)

    def dimension_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """Return the KL divergence (B, K) of each latent dimension from the prior, in nats, under the key `kl`."""
        return {"kl": kl_divergence(*self.distribution(images))}


def sample(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Draw codes (B, K) from Gaussians with the given mean (B, K) and log-variance (B, K).

    A direct sample from N(mean, variance) has no gradient. The reparameterisation mean + standard deviation · noise,
    with noise ~ N(0, 1), has the same distribution and is differentiable in mean and log-variance.
    """
    return mean + torch.exp(log_variance / 2) * _noise(mean, generator)


def sample_with_ratio(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw codes (B, K) from Gaussians, and return them with log p(code) − log q(code) (B,), in nats.

    p is the prior N(0, I), and q is the Gaussian from which a code is drawn, with the given mean (B, K) and
    log-variance (B, K). Both have gradients, as in `sample`. The density of q is computed from the noise, without a
    division by the variance, which can be tiny.
    """
    noise = _noise(mean, generator)
    codes = mean + torch.exp(log_variance / 2) * noise
    return codes, (noise.square() + log_variance - codes.square()).sum(dim=1) / 2


def _noise(mean: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the elementwise KL divergence (B, K) of N(mean, exp(log_variance)) from N(0, 1), in nats.

    The formula is ½ (mean² + variance − 1 − log variance), from Kingma & Welling 2014, appendix B.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2
