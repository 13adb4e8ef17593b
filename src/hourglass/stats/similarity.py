"""Whether two variants give the same images the same codes, whatever the codes' rotation and size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

NEIGHBOURS = 10


@dataclass(frozen=True)
class Alike:
    """How much two variants' codes are the same, of so many images.

    floor: the CKA with the images of one in another order.
    """

    first: str
    second: str
    cka: float
    floor: float
    overlap: float
    images: int


def similarities(codes: Mapping[str, Tensor], pairs: Sequence[tuple[str, str]]) -> list[Alike]:
    """Of those pairs of which both are there. codes: of the same images (N, K), by variant."""
    found = []
    for first, second in pairs:
        if {first, second} <= codes.keys():
            a, b = codes[first], codes[second]
            shuffled = b[torch.randperm(len(b), generator=torch.Generator().manual_seed(0))]
            aligned, floor = linear_cka(a, b), linear_cka(a, shuffled)
            found.append(Alike(first, second, aligned, floor, neighbour_overlap(a, b), len(a)))
    return found


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
