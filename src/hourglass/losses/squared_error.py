"""Mean squared error per pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Loss, Reconstructs, Terms


def squared_error(
    model: Reconstructs, inputs: Tensor, targets: Tensor, generator: torch.Generator
) -> tuple[Tensor, Terms]:
    """Mean squared error per pixel in the network's own range (on [-1, 1] four times the one reported on [0, 1])."""
    reconstructions = model.decode_own(model.encode(inputs)).float()  # under autocast it may be shorter
    loss = F.mse_loss(reconstructions, model.as_own(targets))
    return loss, {"mse": loss.detach() / model.span**2}


LOSS = Loss(squared_error)
