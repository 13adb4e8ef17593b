"""Mean squared error per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, loss
from hourglass.models.network import Autoencoder


@loss(pca=True)
def squared_error(
    model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator
) -> tuple[Tensor, Terms]:
    """Return the MSE per pixel in the network's pixel range, and the MSE for pixels in [0, 1] as the term `mse`.

    The loss is four times the term for a tanh output, whose pixel range is [-1, 1], and equals the term otherwise.
    """
    reconstructions = model.decode_scaled(model.encode(inputs)).float()  # autocast may return bfloat16
    error = F.mse_loss(reconstructions, model.scale(targets))
    return error, {"mse": error.detach() / model.span**2}
