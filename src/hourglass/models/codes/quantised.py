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
    """Layer that replaces each group of values of a code by the nearest vector of a codebook, shared by all groups."""

    def __init__(self, vectors: int, dims: int) -> None:
        """Create a codebook (V, D) of `vectors` random vectors with `dims` dimensions, drawn from N(0, I)."""
        super().__init__()
        # not near 0: encoder outputs would move away faster than the codebook follows, and few vectors would be used
        self.codebook = nn.Parameter(torch.randn(vectors, dims))

    def nearest(self, values: Tensor) -> Tensor:
        """Return the indices (B, K/D) of the codebook vectors (V, D) nearest to the groups of values (B, K)."""
        groups = values.unflatten(1, (-1, self.codebook.shape[1])).float()
        with torch.autocast(values.device.type, enabled=False):  # in bfloat16, many vectors would be equally near
            # squared distances without the squares of the groups, which are the same for all vectors
            return (self.codebook.square().sum(dim=1) - 2 * groups @ self.codebook.T).argmin(dim=2)

    def look_up(self, indices: Tensor) -> Tensor:
        """Return codes (B, K) that consist of the codebook vectors (V, D) with the given indices (B, K/D)."""
        return F.embedding(indices, self.codebook).flatten(1)

    def forward(self, values: Tensor) -> Tensor:
        """Map values (B, K) to codes (B, K). The gradient of the codes goes to the values, not to the codebook."""
        return straight_through(values, self.look_up(self.nearest(values)))


def straight_through(values: Tensor, codes: Tensor) -> Tensor:
    """Return `codes`, but pass their gradient to `values`, of the same shape (straight-through estimator)."""
    return codes.detach() + (values - values.detach())  # the difference is 0


@code(
    "quantised",
    own_losses=True,
    sampled=" Each group of values becomes the nearest vector of the codebook.",
    others="the others at their mean, and each group at the nearest vector of the codebook",
)
def quantised(latent: int, *, vectors: Vectors = 256, dims: Count = 2) -> nn.Module:
    """Return a layer that replaces each group of `dims` values by the nearest of `vectors` codebook vectors.

    Raises ValueError if `dims` does not divide the latent dimension `latent`.
    """
    if latent % dims:
        raise ValueError(f"code_settings.dims is {dims}; must divide the latent dimension, which is {latent}")
    return Quantiser(vectors, dims)
