"""Whether two models give the same images the same codes, whatever the codes' rotation and size."""

import torch
from torch import Tensor

from hourglass.latent.embedding import NEIGHBOURS


def linear_cka(codes: Tensor, others: Tensor) -> float:
    """Linear centred kernel alignment (Kornblith et al. 2019) of codes (N, K) and (N, L) of the same N images.

    1 where the codes are equal up to place, rotation and scale; about 0 where they are independent and N is large
    against K and L. 0 where either code is the same for all images.
    """
    first, second = (values.double() - values.double().mean(dim=0) for values in (codes, others))
    sizes = torch.linalg.matrix_norm(first.T @ first) * torch.linalg.matrix_norm(second.T @ second)
    return (torch.linalg.matrix_norm(first.T @ second).square() / sizes).item() if sizes > 0 else 0.0


def neighbour_overlap(codes: Tensor, others: Tensor) -> float:
    """Mean share of an image's ten nearest others in codes (N, K) that are among its ten nearest in codes (N, L) too.

    1 where both codes have the same neighbourhoods, 10 / (N - 1) on average where they are independent. Of fewer than
    twelve images all others are neighbours.
    """
    near, beside = _neighbours(codes), _neighbours(others)
    return (near[:, :, None] == beside[:, None, :]).any(dim=2).double().mean().item()


def _neighbours(codes: Tensor) -> Tensor:
    """Indices (N, 10) of the nearest others of each of N codes (N, K)."""
    distances = torch.cdist(codes.double(), codes.double(), compute_mode="donot_use_mm_for_euclid_dist")
    nearest = distances.fill_diagonal_(torch.inf).topk(min(NEIGHBOURS, len(codes) - 1), largest=False)
    return nearest.indices
