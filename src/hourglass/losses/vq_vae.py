"""The loss of a vector-quantised autoencoder (VQ-VAE, van den Oord et al. 2017)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, loss, squared_errors
from hourglass.models.codes.quantised import Quantiser, straight_through
from hourglass.models.network import Autoencoder
from hourglass.schema import NonNegative


@loss(codes=["quantised"])
def vq_vae(
    model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator, *, commitment: NonNegative = 0.25
) -> tuple[Tensor, Terms]:
    """Return the squared error, summed over pixels, plus two losses of the codebook, and the terms to report.

    The first loss moves the codebook vectors to the encoder outputs that they replace. The second, weighted by
    `commitment`, moves the outputs to the vectors. Both are squared distances, summed over latent dimensions and
    averaged over images. The term `perplexity` is the effective number of vectors in use in the batch.
    """
    quantiser = model.encoder[-1]
    assert isinstance(quantiser, Quantiser)
    model.check(inputs)
    outputs = model.encoder[:-1](model.scale(inputs)).float()  # autocast may return bfloat16
    indices = quantiser.nearest(outputs)
    codes = quantiser.look_up(indices)
    error, terms = squared_errors(model, straight_through(outputs, codes), targets)
    distance = F.mse_loss(codes, outputs.detach(), reduction="sum") / len(codes)
    committed = F.mse_loss(outputs, codes.detach(), reduction="sum") / len(codes)
    terms |= {"codebook": distance.detach(), "perplexity": perplexity(indices, len(quantiser.codebook))}
    return error + distance + commitment * committed, terms


def perplexity(indices: Tensor, vectors: int) -> Tensor:
    """Return the exponential of the entropy of the frequencies of indices (any shape) in [0, vectors)."""
    shares = F.one_hot(indices.flatten(), vectors).float().mean(dim=0)
    return torch.special.entr(shares).sum().exp()
