"""Codes from a learned codebook, as in the VQ-VAE (van den Oord et al. 2017)."""

from typing import Annotated

import torch
from pydantic import Field as Setting
from torch import Tensor, nn
from torch.nn import functional as F

from hourglass.models.codes.base import code
from hourglass.schema import Count

Vectors = Annotated[int, Setting(ge=1, le=65_536)]


class Quantiser(nn.Module):
    """Replace each group of values of a code by the nearest vector of a codebook, which all groups share."""

    def __init__(self, vectors: int, dims: int) -> None:
        """Create a codebook (V, D) of `vectors` random vectors with `dims` dimensions, drawn from N(0, I).

        After short training on Fashion-MNIST, about 140 of 256 vectors were in use, but only 7 with a codebook near 0,
        from which the outputs of the encoder move away faster than the codebook follows.
        """
        super().__init__()
        self.codebook = nn.Parameter(torch.randn(vectors, dims))

    def nearest(self, values: Tensor) -> Tensor:
        """Return the indices (B, K/D) of the codebook vectors that are nearest to the groups of values (B, K)."""
        groups = values.unflatten(1, (-1, self.codebook.shape[1])).float()
        with torch.autocast(values.device.type, enabled=False):  # in bfloat16, many vectors would be equally near
            # squared distances without the squares of the groups, which are the same for all vectors
            return (self.codebook.square().sum(dim=1) - 2 * groups @ self.codebook.T).argmin(dim=2)

    def look_up(self, indices: Tensor) -> Tensor:
        """Return codes (B, K) that consist of the codebook vectors with the given indices (B, K/D)."""
        return F.embedding(indices, self.codebook).flatten(1)

    def forward(self, values: Tensor) -> Tensor:
        """Map values (B, K) to codes (B, K). The gradient of the codes is passed on to the values unchanged."""
        return straight_through(values, self.look_up(self.nearest(values)))


def straight_through(values: Tensor, codes: Tensor) -> Tensor:
    """Return `codes` as a tensor whose gradient is passed on to `values`, which have the same shape."""
    return codes.detach() + (values - values.detach())  # the difference is 0


@code(
    "quantised",
    own_losses=True,
    sampled=" Each group of values becomes the nearest vector of the codebook.",
    others="the others at their mean, and each group at the nearest vector of the codebook",
)
def quantised(latent: int, *, vectors: Vectors = 256, dims: Count = 2) -> nn.Module:
    """Return the module for codes that consist of vectors with `dims` dimensions from a codebook of `vectors`."""
    if latent % dims:
        raise ValueError(f"dims is {dims}; must divide the latent dimension, {latent}")
    return Quantiser(vectors, dims)
