"""Sparse codes with a fixed number of nonzero values (Makhzani & Frey 2014)."""

import torch
from torch import Tensor, nn

from hourglass.models.codes.base import code
from hourglass.schema import Count


class KSparse(nn.Module):
    """Layer that keeps the largest values of each code and sets all others to 0."""

    def __init__(self, active: int) -> None:
        """Create the module. `active` is the number of values to keep."""
        super().__init__()
        self.active = active

    def forward(self, values: Tensor) -> Tensor:
        """Map values (B, K) to codes (B, K) with at most `active` nonzero values."""
        largest, positions = values.topk(self.active, dim=1)
        return torch.zeros_like(values).scatter(1, positions, largest)


@code(
    "sparse",
    sampled=" Only the largest values are kept, as in a sparse code.",
    others="the others at their mean; only the largest values of each code are kept",
)
def k_sparse(latent: int, *, active: Count = 5) -> nn.Module:
    """Return a layer that keeps the `active` largest of `latent` values. Raises ValueError if `active` > `latent`."""
    if active > latent:
        raise ValueError(f"code_settings.active is {active}; must be at most the latent dimension, which is {latent}")
    return KSparse(active)
