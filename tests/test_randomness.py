"""Generators depend on the seed and the name alone."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from hourglass.randomness import derive, generator

SOURCE = Path(__file__).parents[1] / "src"


def _numbers(seed: int, *names: object, count: int = 5) -> list[float]:
    return torch.rand(count, generator=generator(seed, *names)).tolist()


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


def test_seeds_are_spread_over_63_bits() -> None:
    seeds = [derive(0, number) for number in range(2000)]
    assert len(set(seeds)) == 2000
    assert all(0 <= seed < 2**63 for seed in seeds)
    bits = np.array([[seed >> bit & 1 for bit in range(63)] for seed in seeds]).mean(axis=0)
    assert (abs(bits - 0.5) < 0.06).all()


def test_numbers_of_neighbouring_seeds_are_uncorrelated() -> None:
    numbers = torch.tensor([_numbers(seed, "noise", count=1000) for seed in range(20)])
    assert numbers.corrcoef().triu(1).abs().max() < 0.15


def test_a_seed_is_the_same_in_every_process() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from hourglass.randomness import derive; print(derive(3, 'x'))"
    process = subprocess.run([sys.executable, "-c", code, str(SOURCE)], capture_output=True, text=True, check=True)
    assert int(process.stdout) == derive(3, "x")


def test_global_generators_are_neither_read_nor_changed() -> None:
    before = torch.get_rng_state(), random.getstate()
    expected = _numbers(0, "noise")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    torch.rand(3)
    assert _numbers(0, "noise") == expected
