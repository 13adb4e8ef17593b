"""A map of codes, and how well it is organised."""

from typing import Any

import torch
from torch import Tensor

from hourglass.latent.tsne import layout, least_told, organisation
from hourglass.randomness import derive


def mapped(codes: Tensor, labels: Tensor, seed: int) -> tuple[Tensor, dict[str, Any]]:
    """Where codes (M, K) with labels (M,) lie on a map, (M, 2), and the fields of `Organised` that describe it."""
    points, classes = codes.numpy(), labels.numpy()
    positions = layout(points, derive(seed, "t-SNE"))
    organised = {**organisation(points, positions, classes), "least_told": least_told(positions, classes)}
    return torch.tensor(positions), organised  # a copy: codes of two numbers are their own positions
