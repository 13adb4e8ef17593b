"""Code metrics of codes whose structure is known, compared with direct computations."""

import numpy as np
import pytest
import torch
from sklearn.metrics import silhouette_score

from hourglass.metrics.codes import Codes, leave_one_out_predictions, participation_ratio, silhouette_of


def test_leave_one_out_predictions_are_majorities_of_the_ten_nearest_others() -> None:
    draw = np.random.default_rng(5)
    points, labels = draw.normal(size=(60, 3)).astype(np.float32), draw.integers(0, 4, 60).astype(np.uint8)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2) + np.diag(np.full(60, np.inf))
    votes = labels[distances.argsort(axis=1)[:, :10]]
    expected = [np.bincount(vote).argmax() for vote in votes]
    assert leave_one_out_predictions(points, labels).tolist() == expected


def test_silhouette_is_zero_where_it_is_undefined() -> None:
    labels = np.repeat(np.array([0, 1], dtype=np.uint8), 5)
    points = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32) + labels[:, None]
    assert silhouette_of(points, labels) == pytest.approx(silhouette_score(points, labels))
    assert silhouette_of(points, np.zeros(10, dtype=np.uint8)) == 0
    assert silhouette_of(points, np.arange(10, dtype=np.uint8)) == 0


def effective_dimension(codes: np.ndarray) -> float:
    labels = torch.zeros(len(codes)).byte()
    tensor = torch.from_numpy(codes.astype(np.float32))
    return participation_ratio(Codes(1e-3, tensor, labels, tensor, labels))


def test_effective_dimension_counts_uncorrelated_directions_of_any_scale() -> None:
    codes = np.random.default_rng(4).normal(size=(20_000, 6))
    assert effective_dimension(codes) == pytest.approx(6, abs=0.05)
    assert effective_dimension(codes * [1, 1, 1e-4, 1e-4, 0, 0]) == pytest.approx(2, abs=0.02)
    assert effective_dimension(codes[:, :2] * [1, 200] + [0, 50]) == pytest.approx(2, abs=0.02)
    # with a correlation of 0.8 the eigenvalues are 1.8 and 0.2: 2² / (1.8² + 0.2²)
    correlated = np.stack([codes[:, 0], 0.8 * codes[:, 0] + 0.6 * codes[:, 1]], axis=1)
    assert effective_dimension(correlated) == pytest.approx(4 / 3.28, abs=0.02)
    assert effective_dimension(codes * 0) == 0
