"""Huber loss per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, loss
from hourglass.models.network import Autoencoder

DELTA = 0.1  # of pixels in [0, 1]: the error at which the loss turns from quadratic to linear


@loss(codes=["none", "relu", "softmax"])
def huber(model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> tuple[Tensor, Terms]:
    """Return the mean Huber loss per pixel in the network's pixel range, and the MSE in [0, 1] as a term to report.

    For pixels in [0, 1], the loss (Huber 1964) is half the squared error up to an error of 0.1, and linear above.
    """
    reconstructions, scaled = model.decode_scaled(model.encode(inputs)).float(), model.scale(targets)
    value = F.huber_loss(reconstructions, scaled, delta=DELTA * model.span)
    return value, {"mse": F.mse_loss(reconstructions.detach(), scaled) / model.span**2}
