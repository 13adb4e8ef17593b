"""Generators follow from the seed and a name, and from nothing else."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hourglass.randomness import derive, generator

ROOT = Path(__file__).parents[1]


def _drawn(*key: object, count: int = 5) -> list[float]:
    seed, *names = key
    assert isinstance(seed, int)
    return torch.rand(count, generator=generator(seed, *names)).tolist()


def test_the_same_name_draws_the_same_and_another_name_or_seed_does_not() -> None:
    assert _drawn(0, "noise") == _drawn(0, "noise")
    others = [_drawn(0, "shuffling"), _drawn(1, "noise"), _drawn(0), _drawn(0, "noise", 1), _drawn(0, "noise", "test")]
    assert len({tuple(drawn) for drawn in [_drawn(0, "noise"), *others]}) == 6


def test_seeds_fit_in_63_bits_and_spread_over_them() -> None:
    seeds = [derive(0, number) for number in range(2000)]
    assert len(set(seeds)) == 2000
    assert all(0 <= seed < 2**63 for seed in seeds)
    bits = np.array([[seed >> bit & 1 for bit in range(63)] for seed in seeds]).mean(axis=0)
    assert (abs(bits - 0.5) < 0.06).all()


def test_neighbouring_seeds_draw_unrelated_numbers() -> None:
    drawn = torch.tensor([_drawn(seed, "noise", count=1000) for seed in range(20)])
    assert drawn.corrcoef().triu(1).abs().max() < 0.15


def test_a_seed_is_the_same_in_every_process() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from hourglass.randomness import derive; print(derive(3, 'x'))"
    done = subprocess.run([sys.executable, "-c", code, str(ROOT / "src")], capture_output=True, text=True, check=True)
    assert int(done.stdout) == derive(3, "x")


def test_global_state_is_neither_read_nor_changed() -> None:
    before = torch.get_rng_state(), random.getstate()
    expected = _drawn(0, "noise")
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    torch.rand(3)
    assert _drawn(0, "noise") == expected


@pytest.mark.parametrize("seed", [0, 1, 2**40, 2**63, 10**30])
def test_any_seed_that_params_allows_will_do(seed: int) -> None:
    assert len(set(_drawn(seed, "noise"))) == 5
