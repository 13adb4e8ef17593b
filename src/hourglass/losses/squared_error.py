"""Mean squared error per pixel."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.loss import Loss, Terms

if TYPE_CHECKING:
    from hourglass.models import Autoencoder


def squared_error(
    model: "Autoencoder", inputs: Tensor, targets: Tensor, generator: torch.Generator
) -> tuple[Tensor, Terms]:
    """Mean squared error per pixel in the network's own range (on [-1, 1] four times the one reported on [0, 1])."""
    reconstructions = model.decode_own(model.encode(inputs)).float()  # under autocast it may be shorter
    loss = F.mse_loss(reconstructions, model.as_own(targets))
    return loss, {"mse": loss.detach() / model.span**2}


LOSS = Loss(squared_error)
