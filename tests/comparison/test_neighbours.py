"""Which codes lie nearest to each other."""

import torch

from hourglass.stats.neighbours import nearest


def test_the_nearest_come_first_and_none_is_its_own_neighbour() -> None:
    codes = torch.tensor([[0.0, 0.0], [3.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    assert nearest(codes, 2).tolist() == [[2, 1], [2, 0], [0, 1], [0, 2]]


def test_of_codes_that_are_equal_the_first_comes_first_and_there_are_no_more_than_others() -> None:
    assert nearest(torch.zeros(3, 4), 5).tolist() == [[1, 2], [0, 2], [0, 1]]
