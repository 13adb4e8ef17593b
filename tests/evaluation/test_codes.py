"""What codes keep, on codes whose content is known."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.distributions import Normal, kl_divergence

from hourglass import evaluation, models
from hourglass.images import to_float
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec

Codes = NDArray[np.float32]
Labels = NDArray[np.uint8]


def _blobs(count: int, seed: int) -> tuple[Codes, Labels]:
    """Two clouds of codes (2 · count, 4) far apart, and which cloud each is in."""
    draw = np.random.default_rng(seed)
    labels = np.repeat(np.array([0, 1], dtype=np.uint8), count)
    return (draw.normal(size=(2 * count, 4)) + 20 * labels[:, None]).astype(np.float32), labels


def test_two_separated_blobs_are_told_by_every_measure() -> None:
    found, _ = evaluation.class_accuracy(*_blobs(100, 0), *_blobs(50, 1))
    assert found == {"knn": 1, "leave_one_out_knn": 1, "linear_probe": 1}


def test_shuffled_labels_are_told_no_better_than_by_chance() -> None:
    draw = np.random.default_rng(2)
    codes, labels = _blobs(1500, 0)
    test, test_labels = _blobs(1500, 1)
    found, _ = evaluation.class_accuracy(codes, draw.permutation(labels), test, draw.permutation(test_labels))
    assert found == pytest.approx({"knn": 0.5, "leave_one_out_knn": 0.5, "linear_probe": 0.5}, abs=0.04)


def test_a_ring_is_told_by_neighbours_and_by_no_line() -> None:
    draw = np.random.default_rng(3)
    angle = draw.uniform(0, 2 * np.pi, 1000)
    labels = (np.arange(1000) % 2).astype(np.uint8)
    codes = ((1 + labels[:, None]) * np.stack([np.cos(angle), np.sin(angle)], axis=1)).astype(np.float32)
    found, told = evaluation.class_accuracy(codes[:800], labels[:800], codes[800:], labels[800:])
    assert found["knn"] == 1
    assert told.shape == (200,)
    assert told.all()
    assert found["linear_probe"] < 0.65


def test_dead_units_change_nothing() -> None:
    (codes, labels), (test, test_labels) = _blobs(100, 0), _blobs(50, 1)
    codes[:, 2:], test[:, 2:] = 0, 0
    found, _ = evaluation.class_accuracy(codes, labels, test, test_labels)
    assert found == {"knn": 1, "leave_one_out_knn": 1, "linear_probe": 1}
    assert evaluation.participation_ratio(codes) == pytest.approx(1, abs=0.05)


def test_participation_ratio_counts_the_directions_in_use_whatever_their_scales() -> None:
    draw = np.random.default_rng(4)
    codes = draw.normal(size=(20_000, 6)).astype(np.float32)
    assert evaluation.participation_ratio(codes) == pytest.approx(6, abs=0.05)
    assert evaluation.participation_ratio(codes * np.array([1, 1, 0, 0, 0, 0])) == pytest.approx(2, abs=0.02)
    assert evaluation.participation_ratio(codes[:, :2] * [1, 200] + [0, 50]) == pytest.approx(2, abs=0.02)
    # of correlation 0.8 the eigenvalues are 1.8 and 0.2: 2² / (1.8² + 0.2²)
    tied = np.stack([codes[:, 0], 0.8 * codes[:, 0] + 0.6 * codes[:, 1]], axis=1)
    assert evaluation.participation_ratio(tied) == pytest.approx(4 / 3.28, abs=0.02)
    assert evaluation.participation_ratio(codes * [1, 1, 1, 0.01, 0.01, 0.01], 0.1) == pytest.approx(3, abs=0.02)
    assert evaluation.participation_ratio(codes[:, :1]) == pytest.approx(1)
    assert evaluation.participation_ratio(np.zeros((10, 6), dtype=np.float32)) == 0


def test_kl_of_every_code_number_is_that_of_torch_distributions() -> None:
    spec = NetworkSpec.model_validate({"latent": 3, "code": "gaussian", "encoder": {"dense": [5]}})
    model = models.build(spec)
    assert isinstance(model, VariationalAutoencoder)
    images = torch.randint(0, 256, (1500, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    mean, log_variance = model.distribution(to_float(images))
    expected = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0, 1)).mean(dim=0)
    found = evaluation.metrics_by_number(model, images)
    assert found == {
        "kl": pytest.approx({f"number_{i}": value.item() for i, value in enumerate(expected, 1)}, rel=1e-4)
    }


def test_a_number_that_says_nothing_has_no_kl() -> None:
    spec = NetworkSpec.model_validate({"latent": 2, "code": "gaussian", "encoder": {"dense": [5]}})
    model = models.build(spec)
    assert isinstance(model, VariationalAutoencoder)
    last = model.encoder[-2]
    assert isinstance(last, torch.nn.Linear)
    with torch.no_grad():
        last.weight[1], last.bias[1] = 0, 0  # the mean of the second number
        last.weight[3], last.bias[3] = 0, 0  # its log-variance
    found = evaluation.metrics_by_number(model, torch.arange(256).byte().repeat(49).reshape(16, 28, 28))["kl"]
    assert found["number_2"] == 0 < found["number_1"]


def test_a_code_of_plain_numbers_has_no_metrics_of_its_own() -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 2, "encoder": {"dense": [5]}}))
    assert evaluation.metrics_by_number(model, torch.zeros(3, 28, 28, dtype=torch.uint8)) == {}
