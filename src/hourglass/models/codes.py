"""The kinds of code, by the names that `network.code` has."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn


def _as_they_are(numbers: Tensor) -> Tensor:
    return numbers


@dataclass(frozen=True)
class CodeKind:
    """What makes numbers a code.

    module: what follows the encoder's last layer. coordinates: codes (N, K) in numbers (N, K) that nothing ties to each
    other. at: the codes at such coordinates, whichever they are, so that what is drawn or moved there is a code again.
    """

    module: Callable[[], nn.Module]
    coordinates: Callable[[Tensor], Tensor] = _as_they_are
    at: Callable[[Tensor], Tensor] = _as_they_are


def log_ratios(codes: Tensor) -> Tensor:
    """Logarithms of the ratios to their geometric mean, (N, K): centred log-ratios (Aitchison 1982).

    Numbers below the smallest normal float32 count as that.
    """
    logarithms = codes.clamp(min=torch.finfo(torch.float32).tiny).log()
    return logarithms - logarithms.mean(dim=-1, keepdim=True)


CODES: dict[str, CodeKind] = {
    "none": CodeKind(nn.Identity),
    "relu": CodeKind(nn.ReLU, at=torch.relu),
    "softmax": CodeKind(partial(nn.Softmax, dim=-1), log_ratios, partial(torch.softmax, dim=-1)),
    "gaussian": CodeKind(nn.Identity),  # mean and log-variance, side by side
}
