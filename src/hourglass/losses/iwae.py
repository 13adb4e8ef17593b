"""The loss of an importance weighted autoencoder (Burda et al. 2016)."""

import math
from typing import Annotated

import torch
from pydantic import Field as Setting
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, binarised, loss
from hourglass.models.vae import VariationalAutoencoder, sample_with_ratio

Samples = Annotated[int, Setting(ge=1, le=10_000)]


@loss(codes=["gaussian"])
def iwae(
    model: VariationalAutoencoder,
    inputs: Tensor,
    targets: Tensor,
    generator: torch.Generator,
    *,
    samples: Samples = 5,
    binarise: bool = False,
) -> tuple[Tensor, Terms]:
    """Return the negative importance weighted bound of log p(target) in nats per image, and the terms to report.

    The bound is log(1/k · Σ p(target | code) p(code) / q(code | input)), averaged over images. The sum is over
    k = `samples` codes from the encoder's distribution q. With one sample, the bound is a sampled evidence lower bound.
    With more, it is closer to log p on average. The logarithm of p(code) / q(code | input) is multiplied by `spec.beta`
    and by `model.kl_weight`, which rises from 0 to 1 during a warm-up. The terms `reconstruction` and `kl` are means
    over all codes, in nats. The term `mse` is computed from the first code of each image.

    If `binarise` is true, binary images drawn from `inputs` replace inputs and targets, which must be equal. The term
    `mse` still compares reconstructions with the grey images.
    """
    grey = targets
    if binarise:
        inputs = targets = binarised(inputs, generator)
    mean, log_variance = (part.float() for part in model.distribution(inputs))  # autocast may return bfloat16
    repeated = [part.repeat_interleave(samples, dim=0) for part in (mean, log_variance)]
    codes, ratios = sample_with_ratio(repeated[0], repeated[1], generator)
    logits = model.logits(codes).float().flatten(1)
    pixels = targets.flatten(1).repeat_interleave(samples, dim=0)
    errors = F.binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum(dim=1)
    weights = model.kl_weight * model.spec.beta * ratios - errors
    bound = weights.unflatten(0, (-1, samples)).logsumexp(dim=1).mean() - math.log(samples)
    terms = {
        "mse": F.mse_loss(logits.detach()[::samples].sigmoid(), grey.flatten(1)),
        "reconstruction": errors.detach().mean(),
        "kl": -ratios.detach().mean(),
        "bound": bound.detach(),
    }
    return -bound, terms
