"""Huber loss per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, decode_pixels, loss
from hourglass.models.network import Autoencoder

DELTA = 0.1  # of pixels in [0, 1]: the error at which the loss turns from quadratic to linear


@loss()
def huber(model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Terms]:
    """Return the mean Huber loss per pixel in the network's pixel range, and the MSE in [0, 1] as a term to report.

    For pixels in [0, 1], the loss (Huber 1964) is half the squared error up to an error of 0.1, and linear above.
    """
    pixels, scaled, terms = decode_pixels(model, model.encode(inputs), targets)
    return F.huber_loss(pixels, scaled, delta=DELTA * model.span), terms
