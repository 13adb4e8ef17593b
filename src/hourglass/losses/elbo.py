"""The loss of a variational autoencoder (Kingma & Welling 2014)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, binarised, loss
from hourglass.models.vae import VariationalAutoencoder, kl_divergence, sample


@loss(codes=["gaussian"])
def elbo(
    model: VariationalAutoencoder,
    inputs: Tensor,
    targets: Tensor,
    generator: torch.Generator,
    *,
    binarise: bool = False,
) -> tuple[Tensor, Terms]:
    """Return the negative evidence lower bound in nats per image, reconstruction + beta · KL, and the terms to report.

    The reconstruction term is −log p(target | code), where each decoded pixel is the probability of white. For black
    and white pixels, p is a Bernoulli likelihood. For grey pixels, the term is a cross entropy. The reconstruction
    term is summed over pixels and the KL divergence over latent dimensions, and both are averaged over images. Values
    of beta greater than 1 pull codes closer to the prior at the cost of reconstruction quality (Higgins et al. 2017).
    During a warm-up, beta is multiplied by `model.kl_weight`, which rises from 0 to 1, so that units are not switched
    off before the decoder uses them (Sønderby et al. 2016).

    If `binarise` is true, binary images drawn from `inputs` replace inputs and targets, which must be equal. The term
    `mse` still compares reconstructions with the grey images.
    """
    grey = targets
    if binarise:
        inputs = targets = binarised(inputs, generator)
    mean, log_variance = (part.float() for part in model.distribution(inputs))  # autocast may return bfloat16
    logits = model.logits(sample(mean, log_variance, generator)).float()
    reconstruction = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(targets)
    kl = kl_divergence(mean, log_variance).sum() / len(targets)
    mse = F.mse_loss(logits.detach().sigmoid(), grey)
    terms = {"mse": mse, "reconstruction": reconstruction.detach(), "kl": kl.detach()}
    return reconstruction + model.kl_weight * model.spec.beta * kl, terms
