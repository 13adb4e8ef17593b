"""Huber loss per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, decode_pixels, loss
from hourglass.models.network import Autoencoder

DELTA = 0.1  # of pixels in [0, 1]: the error at which the loss turns from quadratic to linear


@loss()
def huber(model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Terms]:
    """Return the mean Huber loss per pixel (Huber 1964), and the MSE for pixels in [0, 1] as the term `mse`.

    The loss is half the squared error for errors up to a tenth of the network's pixel range, which is [0, 1] or
    [-1, 1], and linear for larger errors.
    """
    pixels, scaled, terms = decode_pixels(model, model.encode(inputs), targets)
    return F.huber_loss(pixels, scaled, delta=DELTA * model.span), terms
