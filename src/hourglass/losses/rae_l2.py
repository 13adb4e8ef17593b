"""The loss of a regularised autoencoder with L2 penalties (Ghosh et al. 2020)."""

import torch
from torch import Tensor

from hourglass.losses.base import Terms, loss, squared_errors
from hourglass.models.network import Autoencoder
from hourglass.schema import NonNegative


@loss()
def rae_l2(
    model: Autoencoder,
    inputs: Tensor,
    targets: Tensor,
    generator: torch.Generator,
    *,
    code_weight: NonNegative = 0.01,
    decoder_weight: NonNegative = 1e-6,
) -> tuple[Tensor, Terms]:
    """Return the squared error, summed over pixels, plus weighted penalties, and the terms to report.

    `code_weight` weights the penalty of codes, half their squared norm, averaged over images. `decoder_weight` weights
    the penalty of the decoder, the squared norm of its weights and biases.
    """
    codes = model.encode(inputs)
    error, terms = squared_errors(model, codes, targets)
    penalty = codes.float().square().sum() / len(codes) / 2
    decoder = torch.stack([parameter.square().sum() for parameter in model.decoder.parameters()]).sum()
    terms |= {"code_penalty": penalty.detach(), "decoder_penalty": decoder.detach()}
    return error + code_weight * penalty + decoder_weight * decoder, terms
