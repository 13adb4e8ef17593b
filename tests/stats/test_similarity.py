"""Tests of code similarity against cases with known answers."""

import pytest
import torch
from torch import Tensor

from hourglass.randomness import generator
from hourglass.stats.similarity import code_similarity, linear_cka, nearest, neighbour_overlap

COUNT = 1000


def codes(name: str, dims: int = 5) -> Tensor:
    return torch.randn(COUNT, dims, generator=generator(0, name))


def test_codes_that_differ_in_translation_rotation_and_scale_are_equal() -> None:
    rotation, _ = torch.linalg.qr(torch.randn(5, 5, generator=generator(0, "rotation")))
    similarity = code_similarity(codes("some"), 3 * codes("some") @ rotation + 7)
    assert similarity.cka == pytest.approx(1)
    assert similarity.overlap > 0.999  # rounding may break ties
    assert similarity.cka_shuffled < 0.05
    assert similarity.images == COUNT


def test_independent_codes_have_little_in_common() -> None:
    one, other = codes("one"), codes("other", dims=3)
    assert linear_cka(one, other) < 0.05
    assert neighbour_overlap(one, other) == pytest.approx(10 / (COUNT - 1), abs=0.01)
    assert linear_cka(torch.ones(COUNT, 3), one) == 0  # without any variance


def test_cka_with_a_part_of_uncorrelated_dimensions_is_known() -> None:
    """Of K uncorrelated dimensions of equal variance, L have a CKA of √(L / K) with all."""
    centred = codes("some", dims=4).double()
    whitened, _ = torch.linalg.qr(centred - centred.mean(dim=0))
    assert linear_cka(whitened, whitened[:, :1]) == pytest.approx(0.5)
    assert linear_cka(whitened[:, :1], whitened[:, 1:]) == pytest.approx(0, abs=1e-12)


def test_the_overlap_is_the_share_of_common_neighbours() -> None:
    """Four groups of eleven images; in the other code the first image of each group moves to the next group."""
    groups, within = torch.arange(44).div(11, rounding_mode="floor"), torch.arange(44).remainder(11)
    one = torch.nn.functional.one_hot(groups).float()
    other = torch.nn.functional.one_hot(torch.where(within == 0, (groups + 1) % 4, groups)).float()
    # ten of eleven images keep nine of ten neighbours, the one that moved keeps none
    assert neighbour_overlap(one, other) == pytest.approx(10 / 11 * 0.9)


def test_the_nearest_come_first_and_an_image_is_not_its_own_neighbour() -> None:
    points = torch.tensor([[0.0, 0.0], [3.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    assert nearest(points, 2).tolist() == [[2, 1], [2, 0], [0, 1], [0, 2]]
    equal = nearest(torch.zeros(4, 3), 9).tolist()
    assert [sorted(others) for others in equal] == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
