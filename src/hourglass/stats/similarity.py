"""Similarity of the codes that two variants give the same images, and nearest neighbours in latent space."""

from dataclasses import dataclass

import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

NEIGHBOURS = 10


@dataclass(frozen=True)
class CodeSimilarity:
    """Similarity of the codes (N, K) and (N, L) of the same images.

    Attributes:
        cka: linear centred kernel alignment: 1 for codes that are equal up to translation, rotation and scale.
        cka_shuffled: the same after the images of one code are shuffled: the value for unrelated codes.
        overlap: mean share of the ten nearest neighbours of an image that both codes have in common.
        images: number of images, N.
    """

    cka: float
    cka_shuffled: float
    overlap: float
    images: int


def code_similarity(first: Tensor, second: Tensor) -> CodeSimilarity:
    """Compare two codes of the same images, (N, K) and (N, L)."""
    shuffled = second[torch.randperm(len(second), generator=torch.Generator().manual_seed(0))]
    return CodeSimilarity(
        linear_cka(first, second), linear_cka(first, shuffled), neighbour_overlap(first, second), len(first)
    )


def linear_cka(first: Tensor, second: Tensor) -> float:
    """Return the linear centred kernel alignment (Kornblith et al. 2019) of codes (N, K) and (N, L).

    It is 1 for codes that are equal up to translation, rotation and scale, about 0 for independent ones if N is large
    against K and L, and 0 if either code is constant.
    """
    a, b = (codes.double() - codes.double().mean(dim=0) for codes in (first, second))
    norm = torch.linalg.matrix_norm
    scale = norm(a.T @ a) * norm(b.T @ b)
    return (norm(a.T @ b).square() / scale).item() if scale > 0 else 0.0


def neighbour_overlap(first: Tensor, second: Tensor) -> float:
    """Return the mean share of an image's ten nearest neighbours that codes (N, K) and (N, L) have in common.

    Independent codes reach 10 / (N - 1) on average. With fewer than twelve images all others are neighbours.
    """
    a, b = nearest(first, NEIGHBOURS), nearest(second, NEIGHBOURS)
    return (a[:, :, None] == b[:, None, :]).any(dim=2).double().mean().item()


def nearest(codes: Tensor, count: int) -> Tensor:
    """Return the indices (N, count) of the nearest other codes of each of N codes (N, K), the nearest first."""
    count = min(count, len(codes) - 1)
    neighbours = NearestNeighbors(n_neighbors=count).fit(codes.double().numpy())
    return torch.from_numpy(neighbours.kneighbors(return_distance=False))
