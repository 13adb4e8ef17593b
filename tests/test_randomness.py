"""Generators depend on the seed and the name alone."""

import random

import torch

from hourglass.randomness import generator


def _numbers(seed: int, *names: object) -> list[float]:
    return torch.rand(5, generator=generator(seed, *names)).tolist()


def test_equal_names_give_equal_numbers_and_others_do_not() -> None:
    assert _numbers(0, "noise") == _numbers(0, "noise")
    keys = [
        (0, "noise"),
        (0, "shuffling"),
        (1, "noise"),
        (0,),
        (0, "noise", 1),
        (0, "noise", "test"),
        (10**30, "noise"),
    ]
    assert len({tuple(_numbers(*key)) for key in keys}) == len(keys)


def test_global_generators_are_neither_read_nor_changed() -> None:
    before = torch.get_rng_state(), random.getstate()
    expected = _numbers(0, "noise")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    torch.rand(3)
    assert _numbers(0, "noise") == expected
