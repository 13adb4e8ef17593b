"""Embeddings of codes with known structure."""

import numpy as np
import torch
from torch import Tensor

from hourglass.latent.tsne import embed, worst_class
from hourglass.records import WorstClass


def clusters(count: int = 60, dims: int = 5) -> tuple[Tensor, Tensor]:
    """Return codes (2 · count, dims) in two clusters far apart, and their labels."""
    labels = np.repeat(np.array([0, 1], dtype=np.uint8), count)
    codes = np.random.default_rng(0).normal(size=(2 * count, dims)) + 20 * labels[:, None]
    return torch.from_numpy(codes).float(), torch.from_numpy(labels)


def test_separate_clusters_stay_separate() -> None:
    embedding, quality = embed(*clusters(), 0)
    assert embedding.shape == (120, 2)
    assert quality.knn == 1
    assert 0.9 < quality.trustworthiness <= 1
    assert quality.silhouette > 0.5


def test_two_dimensional_codes_are_their_own_embedding() -> None:
    codes, labels = clusters(dims=2)
    embedding, quality = embed(codes, labels, 0)
    assert torch.equal(embedding, codes)
    assert (quality.trustworthiness, quality.knn) == (1, 1)


def test_the_worst_class_is_named_with_its_most_frequent_prediction() -> None:
    codes, labels = clusters(dims=2)
    labels[:4] = 7  # four points among sixty of class 0
    assert worst_class(codes.numpy(), labels.numpy()) == WorstClass(label=7, accuracy=0, predicted_as=0)


def test_few_points_and_constant_codes_do_not_fail() -> None:
    codes, labels = clusters(count=5)  # fewer than the perplexity
    for points in (codes, torch.zeros_like(codes)):
        embedding, quality = embed(points, labels, 0)
        assert embedding.isfinite().all()
        assert np.isfinite([quality.knn, quality.silhouette, quality.trustworthiness]).all()
