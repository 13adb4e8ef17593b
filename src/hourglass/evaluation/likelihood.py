"""Estimated likelihood of test images under a variational autoencoder."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.images import to_float
from hourglass.models import VariationalAutoencoder
from hourglass.models.inference import device_of
from hourglass.models.vae import sample_with_ratio
from hourglass.randomness import generator

DECODED = 500  # largest number of codes decoded at once; the fastest value tried, from 100 to 5,000


@torch.inference_mode()
def negative_log_likelihood(model: VariationalAutoencoder, images: Tensor, samples: int, seed: int) -> float:
    """Estimate the mean negative log-likelihood −log p(x) of binarised images x, in nats (Burda et al. 2016).

    Each pixel is replaced once by 0 or 1, where 1 has the probability of its grey value. For each image, p(x) is
    estimated by the mean importance weight p(x | z) p(z) / q(z | x) over codes z from the encoder's distribution
    q(z | x). The estimate of −log p(x) is biased upwards. The bias decreases with the number of codes.

    Args:
        model: variational autoencoder.
        images: uint8 images (N, C, H, W).
        samples: number of codes per image.
        seed: seed of pixels and codes.
    """
    device = device_of(model)
    pixels = torch.bernoulli(to_float(images), generator=generator(seed, "binarised")).to(device)
    sampling, total = generator(seed, "importance samples", device=device), 0.0
    for binary in pixels.split(max(1, DECODED // samples)):
        mean, log_variance = model.distribution(binary)
        weights = []
        for first in range(0, samples, DECODED):
            count = min(DECODED, samples - first)
            weights.append(_log_weights(model, binary, mean, log_variance, count, sampling))
        total += torch.cat(weights, dim=1).double().logsumexp(dim=1).sum().item()
    return math.log(samples) - total / len(images)


def _log_weights(
    model: VariationalAutoencoder,
    images: Tensor,
    mean: Tensor,
    log_variance: Tensor,
    count: int,
    sampling: torch.Generator,
) -> Tensor:
    """Return log importance weights (B, count) of `count` codes for each binary image (B, C, H, W).

    The importance weight of a code z for an image x is p(x | z) p(z) / q(z | x). Codes are drawn from q(z | x), the
    Gaussian with the given mean (B, K) and log-variance (B, K).
    """
    mean, log_variance = (part.repeat_interleave(count, dim=0) for part in (mean, log_variance))
    codes, ratios = sample_with_ratio(mean, log_variance, sampling)
    logits = model.logits(codes).flatten(1).unflatten(0, (-1, count))
    # log-likelihood of binary pixels x with logits a: x · a − log(1 + exp(a))
    log_likelihood = (logits @ images.flatten(1).unsqueeze(2)).squeeze(2) - F.softplus(logits).sum(dim=2)
    return log_likelihood + ratios.unflatten(0, (-1, count))
