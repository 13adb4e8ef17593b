"""Binary cross entropy of pixels, which is also the reconstruction term of a variational autoencoder."""

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.losses.base import Terms, loss
from hourglass.models.network import Autoencoder


@loss()
def cross_entropy(
    model: Autoencoder, inputs: Tensor, targets: Tensor, generator: torch.Generator
) -> tuple[Tensor, Terms]:
    """Return the binary cross entropy in nats, summed over pixels and averaged over images, and the terms to report.

    Each decoded pixel is interpreted as the probability of white, as in the reconstruction term of a variational
    autoencoder (see `losses/elbo.py`).
    """
    # without the last activation, which can round pixels to exactly 0 or 1; tanh: (tanh(z) + 1) / 2 = sigmoid(2z)
    pixels = model.decoder[:-1](model.encode(inputs))
    logits = (model.span * model.to_image(pixels)).float()  # autocast may return bfloat16
    value = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(targets)
    return value, {"mse": F.mse_loss(logits.detach().sigmoid(), targets)}
