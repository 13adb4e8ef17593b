"""The loss of a variational autoencoder (Kingma & Welling 2014)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Distributes, Loss, Terms


def sample(mean: Tensor, log_variance: Tensor, generator: torch.Generator) -> Tensor:
    """One code from each Gaussian: (B, K), (B, K) to (B, K).

    Reparameterisation: drawing from N(mean, variance) has no gradient, so the randomness is drawn apart,
    noise ~ N(0, 1), and the code is computed from it, mean + standard deviation · noise. That is a draw from the same
    distribution, and a plain function of mean and log_variance, through which gradients flow to the encoder.
    """
    noise = torch.randn(mean.shape, generator=generator, device=mean.device, dtype=mean.dtype)
    return mean + torch.exp(log_variance / 2) * noise


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) ‖ N(0, 1)) of every code number, in nats: (B, K) to (B, K).

    ½ (mean² + variance − 1 − log variance), Kingma & Welling 2014, appendix B: 0 where the encoder answers with
    the prior itself, and larger the more it says about the image.
    """
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


def elbo(model: Distributes, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Terms]:
    """The negative evidence lower bound, in nats per image: reconstruction + beta · KL.

    reconstruction: −log p(target | code) with the decoded pixel as the probability of white (Bernoulli, the cross
    entropy for grey pixels). KL: what the code's distribution says beyond the prior. Both are summed over pixels
    or code numbers and averaged over images, so that their balance does not depend on image or code size. beta
    above 1 asks for codes closer to the prior, at the cost of the reconstruction (Higgins et al. 2017).
    """
    mean, log_variance = (part.float() for part in model.distribution(inputs))  # under autocast they may be shorter
    logits = model.logits(sample(mean, log_variance, generator)).float()
    reconstruction = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(targets)
    kl = kl_divergence(mean, log_variance).sum() / len(targets)
    mse = F.mse_loss(logits.detach().sigmoid(), targets)
    terms = {"mse": mse, "reconstruction": reconstruction.detach(), "kl": kl.detach()}
    return reconstruction + model.spec.beta * kl, terms


LOSS = Loss(elbo, codes=frozenset({"gaussian"}))
