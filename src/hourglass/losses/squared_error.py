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
    """Return the MSE per pixel in the network's pixel range, and the MSE in [0, 1] as a term to report.

    For a network with the pixel range [-1, 1], the loss is four times the reported MSE.
    """
    reconstructions = model.decode_scaled(model.encode(inputs)).float()  # autocast may return bfloat16
    error = F.mse_loss(reconstructions, model.scale(targets))
    return error, {"mse": error.detach() / model.span**2}
