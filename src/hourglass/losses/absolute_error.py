"""Mean absolute error per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, decode_pixels, loss
from hourglass.models.network import Autoencoder


@loss()
def absolute_error(
    model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator
) -> tuple[Tensor, Terms]:
    """Return the MAE per pixel in the network's pixel range, and the MSE for pixels in [0, 1] as the term `mse`.

    The network's pixel range is [-1, 1] for a tanh output and [0, 1] otherwise.
    """
    pixels, scaled, terms = decode_pixels(model, model.encode(inputs), targets)
    return F.l1_loss(pixels, scaled), terms
