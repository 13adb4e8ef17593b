"""A training step as a CUDA graph: recorded once, then replayed with one launch in the place of hundreds."""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

Run = Callable[[], None]
WARM_UP = 3  # steps that torch wants taken before a recording, while libraries choose their kernels


class CUDAGraphStep:
    """A step that takes batches of the size of the first by replaying a recording, and others as it is.

    step: takes the indices (B,) of a batch, on the device, and must do the same work for every batch of a size.
    record: runs a function once without effect, and returns what repeats its work, see `recorder`. Where it raises
    RuntimeError, that is warned of, and steps go on unrecorded.
    """

    def __init__(self, step: Callable[[Tensor], None], record: Callable[[Run], Run]) -> None:
        self._step, self._record = step, record
        self._taken = 0
        self._chosen: Tensor | None = None
        self._replay: Run | None = None

    def __call__(self, chosen: Tensor) -> None:
        if self._chosen is None:
            self._chosen = chosen.clone()
        if len(chosen) != len(self._chosen) or self._taken < WARM_UP:
            self._taken += 1
            with warnings.catch_warnings():  # that a step which is to be recorded is taken unrecorded
                warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")
                self._step(chosen)
            return
        self._chosen.copy_(chosen)
        if self._replay is None:
            self._replay = self._recorded(self._chosen)
        self._replay()

    def _recorded(self, chosen: Tensor) -> Run:
        try:
            return self._record(lambda: self._step(chosen))
        except RuntimeError as error:
            warnings.warn(f"the training goes on without a CUDA graph, step by step: {error}", stacklevel=3)
            return lambda: self._step(chosen)


def recorder(*generators: torch.Generator) -> Callable[[Run], Run]:
    """Records work on the current CUDA device that draws from these generators of it."""

    def record(work: Run) -> Run:
        graph = torch.cuda.CUDAGraph()
        before = [generator.clone_state() for generator in generators]
        for generator in generators:
            graph.register_generator_state(generator)
        torch.cuda.synchronize()
        try:
            with torch.cuda.graph(graph):
                work()
        except RuntimeError:
            # a recording that fails leaves its generators unfit for drawing
            for generator, state in zip(generators, before, strict=True):
                generator.graphsafe_set_state(state)
            raise
        return graph.replay

    return record
