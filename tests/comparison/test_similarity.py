"""Codes of the same images, compared with each other."""

import pytest
import torch
from torch import Tensor

from hourglass.randomness import generator
from hourglass.stats import similarity

COUNT = 400


def _codes(name: str, size: int = 5) -> Tensor:
    return torch.randn(COUNT, size, generator=generator(0, name)) * torch.arange(1, size + 1)


def _turned(codes: Tensor) -> Tensor:
    """The codes elsewhere, rotated and three times as large."""
    rotation, _ = torch.linalg.qr(torch.randn(codes.shape[1], codes.shape[1], generator=generator(0, "rotation")))
    return 3 * codes @ rotation + 7


def test_codes_that_differ_in_place_rotation_and_scale_are_the_same() -> None:
    codes = _codes("some")
    assert similarity.linear_cka(codes, _turned(codes)) == pytest.approx(1)
    assert similarity.neighbour_overlap(codes, _turned(codes)) > 0.999  # but for ties in rounding


def test_independent_codes_have_next_to_nothing_in_common() -> None:
    one, other = _codes("one"), _codes("other", size=3)
    assert similarity.linear_cka(one, other) < 0.05
    assert similarity.neighbour_overlap(one, other) == pytest.approx(10 / (COUNT - 1), abs=0.01)


def test_the_alignment_of_one_of_two_equal_directions_is_known() -> None:
    """Of K uncorrelated numbers of one size, L of which the other code keeps, it is √(L / K)."""
    codes, _ = torch.linalg.qr(_codes("some", size=4).double() - _codes("some", size=4).double().mean(dim=0))
    assert similarity.linear_cka(codes, codes[:, :1]) == pytest.approx(0.5)
    assert similarity.linear_cka(codes[:, :1], codes) == pytest.approx(0.5)
    assert similarity.linear_cka(codes[:, :1], codes[:, 1:]) == pytest.approx(0, abs=1e-12)


def test_stretching_one_direction_changes_both() -> None:
    codes = _codes("some")
    stretched = codes * torch.tensor([20.0, 1, 1, 1, 1])
    assert similarity.linear_cka(codes, stretched) < 0.5
    assert similarity.neighbour_overlap(codes, stretched) < 0.5


def test_the_overlap_is_the_share_of_neighbours_in_common() -> None:
    """Of four groups of eleven, the other code takes the second half of each image's group elsewhere."""
    groups = torch.arange(44).div(11, rounding_mode="floor")
    within = torch.arange(44).remainder(11)
    one = torch.nn.functional.one_hot(groups).float()  # an image's neighbours: the ten others of its group
    moved = torch.where(within == 0, (groups + 1) % 4, groups)  # the first image of a group is in the next one
    other = torch.nn.functional.one_hot(moved).float()
    # ten of eleven images keep nine of ten neighbours, the one that moved none
    assert similarity.neighbour_overlap(one, other) == pytest.approx(10 / 11 * 0.9)


def test_a_point_is_no_neighbour_of_itself_and_few_points_are_all_neighbours() -> None:
    assert similarity.neighbour_overlap(_codes("one")[:8], _codes("other")[:8]) == 1
    twelve = torch.arange(12.0)[:, None]  # each leaves out one of eleven others
    assert similarity.neighbour_overlap(twelve, twelve[torch.randperm(12, generator=generator(0, "order"))]) < 1


def test_a_dead_code_has_nothing_in_common_with_another() -> None:
    assert similarity.linear_cka(torch.ones(COUNT, 3), _codes("some")) == 0
