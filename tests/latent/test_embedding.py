"""Maps of codes whose organisation is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass import latent
from hourglass.latent.tsne import Array
from hourglass.records import LeastTold


def _blobs(count: int = 60, size: int = 5) -> tuple[Array, NDArray[np.uint8]]:
    """Two clouds of codes (2 · count, size) far apart, and which cloud each is in."""
    draw = np.random.default_rng(0)
    labels = np.repeat(np.array([0, 1], dtype=np.uint8), count)
    return (draw.normal(size=(2 * count, size)) + 20 * labels[:, None]).astype(np.float32), labels


def test_two_separate_blobs_stay_separate() -> None:
    codes, labels = _blobs()
    positions = latent.tsne(codes, 0)
    assert positions.shape == (120, 2)
    found = latent.organisation(codes, positions, labels)
    assert found["map_knn"] == 1
    assert 0.9 < found["trustworthiness"] <= 1


def test_a_map_that_is_the_code_is_wholly_trustworthy() -> None:
    codes, labels = _blobs(size=2)
    found = latent.organisation(codes, 3 * codes, labels)
    assert (found["trustworthiness"], found["map_knn"]) == (1, 1)


def test_a_code_of_two_numbers_is_its_own_map() -> None:
    codes, _ = _blobs(size=2)
    assert np.array_equal(latent.layout(codes, 0), codes)
    codes, _ = _blobs(size=3)
    assert np.array_equal(latent.layout(codes, 0), latent.tsne(codes, 0))


def test_the_silhouette_of_islands_is_near_1_and_that_of_shuffled_classes_near_0() -> None:
    codes, labels = _blobs(size=2)
    assert latent.silhouette(codes, labels) > 0.85
    shuffled = np.random.default_rng(2).permutation(labels)
    assert latent.silhouette(codes, shuffled) == pytest.approx(0, abs=0.05)


def test_a_silhouette_that_is_not_defined_is_0() -> None:
    points = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    assert latent.silhouette(points, np.zeros(5, dtype=np.uint8)) == 0
    assert latent.silhouette(points, np.arange(5, dtype=np.uint8)) == 0


def test_the_class_that_is_told_least_is_named_with_what_it_is_taken_for() -> None:
    codes, labels = _blobs(size=2)
    labels[:4] = 7  # four among sixty of class 0
    assert latent.least_told(codes, labels) == LeastTold(label=7, share=0, taken_for=0)


def test_shuffled_labels_are_told_no_better_than_by_chance() -> None:
    draw = np.random.default_rng(1)
    points = draw.normal(size=(3000, 2)).astype(np.float32)
    labels = draw.integers(0, 10, 3000).astype(np.uint8)
    assert latent.leave_one_out_accuracy(points, labels) == pytest.approx(0.1, abs=0.03)


def test_a_point_does_not_vote_for_itself() -> None:
    points = np.arange(11, dtype=np.float32)[:, None]
    labels = np.array([1] + [0] * 10, dtype=np.uint8)
    assert latent.leave_one_out_accuracy(points, labels) == pytest.approx(10 / 11)


@pytest.mark.parametrize("dead", [1, 3, 4, 5])
def test_dead_code_units_do_not_crash(dead: int) -> None:
    codes, labels = _blobs()
    codes[:, :dead] = 0
    positions = latent.tsne(codes, 0)
    assert np.isfinite(positions).all()
    found = latent.organisation(codes, positions, labels)
    assert 0 <= found["map_knn"] <= 1
    if dead < 5:
        assert found["map_knn"] == 1


def test_a_code_of_one_number_is_laid_out() -> None:
    codes, labels = _blobs(size=1)
    assert latent.organisation(codes, latent.tsne(codes, 0), labels)["map_knn"] == 1


def test_the_map_is_that_of_its_seed() -> None:
    codes, _ = _blobs()
    codes[:, 1:] = 0  # which starts from random positions
    first, again, other = (latent.tsne(codes, seed) for seed in (2**62 + 1, 2**62 + 1, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("count", [10, 31])
def test_few_codes_are_laid_out_too(count: int) -> None:
    codes, _ = _blobs()
    positions = latent.tsne(codes[:count], 0)
    assert positions.shape == (count, 2)
    found = latent.organisation(codes[:count], positions, np.arange(count, dtype=np.uint8) % 2)
    assert all(np.isfinite(value) for value in found.values())


def test_equal_codes_and_maps_give_equal_figures() -> None:
    codes, labels = _blobs()
    positions = latent.tsne(codes, 3)
    assert np.array_equal(positions, latent.tsne(codes.copy(), 3))
    first, again = (latent.organisation(codes, positions, labels) for _ in range(2))
    assert first == again
