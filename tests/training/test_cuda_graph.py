"""A step is captured once and replayed for batches of the same size; a stand-in for the GPU captures."""

import pytest
import torch
from torch import Tensor

from hourglass.training.cuda_graph import WARM_UP, CUDAGraphStep, Work

BATCHES = [torch.arange(4) + 10 * number for number in range(10)] + [torch.arange(3)] * 2


def _steps_of(batches: list[Tensor], step: CUDAGraphStep) -> None:
    for batch in batches:
        step(batch)


def test_batches_of_the_first_size_are_replayed() -> None:
    batches: list[list[int]] = []
    counts = {"captured": 0, "replayed": 0}

    def capture(work: Work) -> Work:
        counts["captured"] += 1

        def replay() -> None:
            counts["replayed"] += 1
            work()

        return replay

    _steps_of(BATCHES * 2, CUDAGraphStep(lambda batch: batches.append(batch.tolist()), capture))
    assert batches == [batch.tolist() for batch in BATCHES * 2]
    assert counts == {"captured": 1, "replayed": 20 - WARM_UP}


def test_without_a_graph_all_steps_are_taken_after_a_warning() -> None:
    batches: list[list[int]] = []

    def capture(work: Work) -> Work:
        raise RuntimeError("operation not permitted when stream is capturing")

    step = CUDAGraphStep(lambda batch: batches.append(batch.tolist()), capture)
    with pytest.warns(UserWarning, match="continues without a CUDA graph: operation not permitted"):
        _steps_of(BATCHES, step)
    assert batches == [batch.tolist() for batch in BATCHES]
