"""Which test images a code takes for alike."""

import torch
from torch import Tensor


def nearest(codes: Tensor, count: int) -> Tensor:
    """Of each code (N, K) the `count` others nearest to it (Euclidean), or all, the nearest first: (N, count)."""
    distances = torch.cdist(codes.double(), codes.double())
    distances.fill_diagonal_(torch.inf)
    return distances.argsort(dim=1, stable=True)[:, : min(count, len(codes) - 1)]
