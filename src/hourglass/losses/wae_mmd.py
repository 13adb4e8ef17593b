"""The loss of a Wasserstein autoencoder with the maximum mean discrepancy (Tolstikhin et al. 2018)."""

import torch
from torch import Tensor

from hourglass.losses.base import Terms, loss, squared_errors
from hourglass.models.network import Autoencoder
from hourglass.schema import NonNegative

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # of the kernel, which is a sum over scales as in the authors' code


@loss(codes=["none"], pairwise=True)
def wae_mmd(
    model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator, *, weight: NonNegative = 10.0
) -> tuple[Tensor, Terms]:
    """Return the squared error, summed over pixels, plus `weight` · squared MMD, and the terms to report.

    The squared maximum mean discrepancy between the codes of the batch and as many samples of the prior N(0, I) is
    estimated without bias, so it can be negative.
    """
    codes = model.encode(inputs)
    error, terms = squared_errors(model, codes, targets)
    codes = codes.float()
    prior = torch.randn(codes.shape, generator=generator, device=codes.device)
    discrepancy = maximum_mean_discrepancy(codes, prior)
    return error + weight * discrepancy, terms | {"mmd": discrepancy.detach()}


def maximum_mean_discrepancy(first: Tensor, second: Tensor) -> Tensor:
    """Return the unbiased estimate of the squared MMD between two samples (B, K), which can be negative.

    The kernel is the inverse multiquadratic s / (s + ‖x − y‖²), summed over s = 2K · c for each c in `SCALES`. For
    B = 1, there are no pairs within a sample, and only the term between the samples is returned.
    """
    count = len(first)
    within = sum(_kernel(sample, sample).sum() - count * len(SCALES) for sample in (first, second))
    return within / max(1, count * (count - 1)) - 2 * _kernel(first, second).mean()


def _kernel(first: Tensor, second: Tensor) -> Tensor:
    # not cdist, whose gradient at distance 0 is not defined
    distances = (first[:, None] - second).square().sum(dim=2)
    widths = [2 * first.shape[1] * scale for scale in SCALES]
    return torch.stack([width / (width + distances) for width in widths]).sum(dim=0)
