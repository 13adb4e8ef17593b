"""Similarity of two sets of codes for the same images, and nearest neighbours in latent space."""

from dataclasses import dataclass

import torch
from torch import Tensor

NEIGHBOURS = 10


@dataclass(frozen=True)
class CodeSimilarity:
    """Similarity of two sets of codes, (N, K) and (N, L), for the same N images.

    Attributes:
        cka: linear centred kernel alignment (CKA), which is 1 for codes equal up to translation, rotation and scale.
        cka_shuffled: linear CKA after shuffling the second set, as a reference value for unrelated codes.
        overlap: share of the ten nearest neighbours that both sets have in common, averaged over images.
        images: number of images, N.
    """

    cka: float
    cka_shuffled: float
    overlap: float
    images: int


def code_similarity(first: Tensor, second: Tensor) -> CodeSimilarity:
    """Measure the similarity of two sets of codes, (N, K) and (N, L), for the same N images."""
    shuffled = second[torch.randperm(len(second), generator=torch.Generator().manual_seed(0))]
    return CodeSimilarity(
        linear_cka(first, second), linear_cka(first, shuffled), neighbour_overlap(first, second), len(first)
    )


def linear_cka(first: Tensor, second: Tensor) -> float:
    """Return the linear centred kernel alignment of codes (N, K) and (N, L) (Kornblith et al. 2019).

    The value is 1 if the codes are equal up to translation, rotation and scale, and 0 if the codes of one set are
    constant. For independent codes, it is near 0 if N is much larger than K and L.
    """
    a, b = (codes.double() - codes.double().mean(dim=0) for codes in (first, second))
    norm = torch.linalg.matrix_norm
    scale = norm(a.T @ a) * norm(b.T @ b)
    return (norm(a.T @ b).square() / scale).item() if scale > 0 else 0.0


def neighbour_overlap(first: Tensor, second: Tensor) -> float:
    """Return the share of the ten nearest neighbours that codes (N, K) and (N, L) have in common, averaged over images.

    The expected value for independent codes is 10 / (N - 1). The value is always 1 for fewer than twelve images.
    """
    return shared_neighbours(nearest(first, NEIGHBOURS), nearest(second, NEIGHBOURS))


def shared_neighbours(first: Tensor, second: Tensor) -> float:
    """Return the share of neighbours that two index tensors (N, M) have in common per row, averaged over N rows."""
    return (first[:, :, None] == second[:, None, :]).any(dim=2).double().mean().item()


def nearest(codes: Tensor, count: int) -> Tensor:
    """Return the indices (N, min(count, N - 1)) of the nearest other codes of each code (N, K), nearest first."""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415  takes seconds, and most stages do not need it

    count = min(count, len(codes) - 1)
    neighbours = NearestNeighbors(n_neighbors=count).fit(codes.double().numpy())
    return torch.from_numpy(neighbours.kneighbors(return_distance=False))
