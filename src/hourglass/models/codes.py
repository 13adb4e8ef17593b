"""Kinds of code, by the names used for `network.code`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn


def identity(values: Tensor) -> Tensor:
    """Return the values unchanged."""
    return values


@dataclass(frozen=True)
class CodeKind:
    """A kind of code.

    Attributes:
        module: activation after the encoder's last layer.
        coordinates: map from codes (N, K) to unconstrained coordinates (N, K).
        from_coordinates: map from any coordinates (N, K) to valid codes (N, K).
    """

    module: Callable[[], nn.Module]
    coordinates: Callable[[Tensor], Tensor] = identity
    from_coordinates: Callable[[Tensor], Tensor] = identity


def log_ratios(codes: Tensor) -> Tensor:
    """Return the centred log-ratios (N, K) of positive codes (N, K) (Aitchison 1982).

    Values below the smallest normal float32 are raised to it.
    """
    logarithms = codes.clamp(min=torch.finfo(torch.float32).tiny).log()
    return logarithms - logarithms.mean(dim=-1, keepdim=True)


CODES: dict[str, CodeKind] = {
    "none": CodeKind(nn.Identity),
    "relu": CodeKind(nn.ReLU, from_coordinates=torch.relu),
    "softmax": CodeKind(partial(nn.Softmax, dim=-1), log_ratios, partial(torch.softmax, dim=-1)),
    "gaussian": CodeKind(nn.Identity),  # mean and log-variance side by side
}
