"""Test embeddings of codes whose structure is known."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from hourglass.latent.tsne import Array, embed, tsne, worst_class
from hourglass.randomness import derive
from hourglass.records import Embedding, WorstClass


def clusters(count: int = 60, dims: int = 5) -> tuple[Array, NDArray[np.uint8]]:
    """Return codes (2 · count, dims) in two distant clusters, with their labels."""
    draw = np.random.default_rng(0)
    labels = np.repeat(np.array([0, 1], dtype=np.uint8), count)
    return (draw.normal(size=(2 * count, dims)) + 20 * labels[:, None]).astype(np.float32), labels


def quality(codes: Array, labels: NDArray[np.uint8]) -> Embedding:
    return embed(torch.from_numpy(codes), torch.from_numpy(labels), 0)[1]


def test_distant_clusters_stay_apart() -> None:
    result = quality(*clusters())
    assert result.knn == 1
    assert 0.9 < result.trustworthiness <= 1


def test_two_dimensional_codes_are_their_own_trustworthy_embedding() -> None:
    codes, labels = clusters(dims=2)
    points, result = embed(torch.from_numpy(codes), torch.from_numpy(labels), 0)
    assert np.array_equal(points, codes)
    assert (result.trustworthiness, result.knn) == (1, 1)
    assert result.silhouette > 0.85


def test_other_codes_are_embedded_by_tsne_with_a_derived_seed() -> None:
    codes, labels = clusters(dims=3)
    points, _ = embed(torch.from_numpy(codes), torch.from_numpy(labels), 7)
    assert np.array_equal(points, tsne(codes, derive(7, "t-SNE")))


def test_worst_class_names_the_class_that_its_points_are_assigned_to() -> None:
    codes, labels = clusters(dims=2)
    labels[:4] = 7  # four points among sixty of class 0
    assert worst_class(codes, labels) == WorstClass(label=7, accuracy=0, predicted_as=0)


@pytest.mark.parametrize("constant", [1, 4, 5])
def test_constant_dimensions_are_embedded(constant: int) -> None:
    codes, labels = clusters()
    codes[:, :constant] = 0
    result = quality(codes, labels)
    assert result.knn == 1 if constant < 5 else 0 <= result.knn <= 1


def test_one_dimension_is_embedded() -> None:
    assert quality(*clusters(dims=1)).knn == 1


def test_random_start_follows_the_seed() -> None:
    codes, _ = clusters()
    codes[:, 1:] = 0  # without two principal components t-SNE starts at random
    first, again, other = (tsne(codes, seed) for seed in (2**62 + 1, 2**62 + 1, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("count", [10, 31])
def test_few_codes_are_embedded(count: int) -> None:
    codes, _ = clusters()
    result = quality(codes[:count], np.arange(count, dtype=np.uint8) % 2)
    assert np.isfinite([result.trustworthiness, result.knn, result.silhouette]).all()
