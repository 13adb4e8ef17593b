"""The variational autoencoder (Kingma & Welling 2014): an autoencoder whose code is a distribution.

Why: a plain autoencoder may put its codes anywhere, with gaps between them where the decoder has learned nothing. Here
the encoder outputs a Gaussian N(mean, exp(log_variance)) for every image, the decoder must reconstruct the image from
any code drawn from it, and a second term of the loss pulls these Gaussians towards one known distribution, the prior
N(0, I). After training, codes sampled from the prior decode to images.
"""

import torch
from torch import Tensor

from hourglass.models.network import Autoencoder, to_image


class VariationalAutoencoder(Autoencoder):
    """An autoencoder with a Gaussian code: `encode` returns its mean, `distribution` mean and log-variance."""

    active_sd = 0.1  # of the mean: variance 0.01, "active units" of Burda et al. 2016

    def distribution(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean (B, K) and log-variance (B, K) of the codes of images (B, 1, 28, 28) in [0, 1]."""
        mean, log_variance = super().encode(images).chunk(2, dim=1)
        return mean, log_variance

    def encode(self, images: Tensor) -> Tensor:
        """Return the mean codes (B, K) of images (B, 1, 28, 28) in [0, 1]."""
        return self.distribution(images)[0]

    def logits(self, codes: Tensor) -> Tensor:
        """Return the logits (B, 1, 28, 28) whose sigmoid is `decode(codes)`, for codes (B, K).

        They are taken before the last activation, where nothing is rounded to 0 or 1. For tanh, (tanh(z) + 1) / 2 is
        the sigmoid of 2z, hence the factor `span`.
        """
        return self.span * to_image(self.decoder[:-1](codes))

    def prior(self, count: int, generator: torch.Generator) -> Tensor:
        """Return `count` codes (count, K) sampled from N(0, I)."""
        return torch.randn(count, self.spec.latent, generator=generator)

    def dimension_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """Return the KL divergence (B, K) of each latent dimension from the prior, in nats."""
        return {"kl": kl_divergence(*self.distribution(images))}


def sample(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one code from each Gaussian: mean and log-variance (B, K) to codes (B, K).

    A draw from N(mean, variance) has no gradient. Computed as mean + standard deviation · noise with noise ~ N(0, 1)
    (reparameterisation), it has the same distribution and is differentiable in mean and log-variance.
    """
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + torch.exp(log_variance / 2) * noise


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, exp(log_variance)) ‖ N(0, 1)) of each latent dimension in nats: (B, K), (B, K) to (B, K).

    ½ (mean² + variance − 1 − log variance), Kingma & Welling 2014, appendix B.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2
