"""When a step is taken as it is, and when its recording is replayed; a stand-in for the GPU records."""

import pytest
import torch
from torch import Tensor

from hourglass.training.graphs import WARM_UP, CUDAGraphStep, Run


class Recorder:
    """Repeats the work it was given, and counts."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, work: Run) -> Run:
        self.recorded += 1

        def replay() -> None:
            self.replayed += 1
            work()

        return replay


def _batches() -> list[Tensor]:
    """Two epochs of ten batches of 4 and one of 3."""
    return [torch.arange(4) + 10 * number for number in range(10)] + [torch.arange(3)] * 2


def test_every_batch_is_taken_once_and_batches_of_the_first_size_are_replayed() -> None:
    seen: list[list[int]] = []
    record = Recorder()
    take = CUDAGraphStep(lambda chosen: seen.append(chosen.tolist()), record)
    for batch in _batches() * 2:
        take(batch)
    assert seen == [batch.tolist() for batch in _batches() * 2]
    assert record.recorded == 1
    assert record.replayed == 20 - WARM_UP


def test_what_cannot_be_recorded_is_warned_of_and_taken_as_it_is() -> None:
    seen: list[list[int]] = []

    def refuse(work: Run) -> Run:
        raise RuntimeError("operation not permitted when stream is capturing")

    take = CUDAGraphStep(lambda chosen: seen.append(chosen.tolist()), refuse)
    first, *rest = _batches()[WARM_UP:]
    for batch in _batches()[:WARM_UP]:
        take(batch)
    with pytest.warns(UserWarning, match="without a CUDA graph, step by step: operation not permitted"):
        take(first)
    for batch in rest:
        take(batch)
    assert seen == [batch.tolist() for batch in _batches()]
