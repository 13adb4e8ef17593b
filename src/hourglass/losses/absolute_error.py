"""Mean absolute error per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, loss
from hourglass.models.network import Autoencoder


@loss(codes=["none", "relu", "softmax"])
def absolute_error(
    model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator
) -> tuple[Tensor, Terms]:
    """Return the MAE per pixel in the network's pixel range, and the MSE in [0, 1] as a term to report."""
    reconstructions, scaled = model.decode_scaled(model.encode(inputs)).float(), model.scale(targets)
    return F.l1_loss(reconstructions, scaled), {"mse": F.mse_loss(reconstructions.detach(), scaled) / model.span**2}
