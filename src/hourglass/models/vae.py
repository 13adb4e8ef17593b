"""The variational autoencoder (Kingma & Welling 2014): an autoencoder whose code is a distribution.

Why: a plain autoencoder may put its codes anywhere, with gaps between them where the decoder has learned nothing. Here
the encoder answers with a whole Gaussian N(mean, exp(log_variance)) for every image, the decoder has to cope with any
code drawn from it, and a second term of the loss pulls all these Gaussians towards one known distribution, the prior
N(0, 1). After training, codes drawn from the prior decode to images.
"""

import torch
from torch import Tensor

from hourglass.losses.elbo import kl_divergence
from hourglass.models.network import Autoencoder, as_image

LIVE_GAUSSIAN = 0.1  # standard deviation of a code's mean: variance 0.01, "active units" of Burda et al. 2016


class VariationalAutoencoder(Autoencoder):
    """As an autoencoder, `encode` gives the mean of the code's distribution; `distribution` gives all of it."""

    live_threshold = LIVE_GAUSSIAN

    def distribution(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, 1, 28, 28) in [0, 1] to mean (B, K) and log-variance (B, K) of their codes."""
        mean, log_variance = super().encode(images).chunk(2, dim=1)
        return mean, log_variance

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 1, 28, 28) in [0, 1] to the means (B, K) of their codes' distributions."""
        return self.distribution(images)[0]

    def logits(self, codes: Tensor) -> Tensor:
        """Codes (B, K) to the log-odds of white (B, 1, 28, 28) whose sigmoid is `decode`.

        Taken before the decoder's last activation, where nothing is rounded to 0 or 1. (tanh(z) + 1) / 2 is the
        sigmoid of 2z, hence the span.
        """
        return self.span * as_image(self.decoder[:-1](codes))

    def prior(self, count: int, generator: torch.Generator) -> Tensor:
        """Codes (count, K) from N(0, 1)."""
        return torch.randn(count, self.spec.latent, generator=generator)

    def code_metrics(self, images: Tensor) -> dict[str, Tensor]:
        """The KL divergence (B, K) of each code number's distribution from the prior, in nats."""
        return {"kl": kl_divergence(*self.distribution(images))}
