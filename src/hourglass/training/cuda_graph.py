"""Training steps that are captured once as a CUDA graph and then replayed with one launch instead of hundreds."""

import warnings
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

Work = Callable[[], None]
WARM_UP = 3  # steps that torch requires before a capture, while libraries choose their kernels


class CUDAGraphStep:
    """A training step that replays a CUDA graph for batches of the same size as the first batch.

    The first three batches, and batches of other sizes, are processed without the graph.
    """

    def __init__(self, step: Callable[[Tensor], None], capture: Callable[[Work], Work]) -> None:
        """Wrap a training step.

        Args:
            step: function that takes the indices (B,) of a batch on the device.
            capture: function that records a call without executing it, and returns a function that replays the call. If
                `capture` raises RuntimeError, training continues without a graph after a warning.
        """
        self._step, self._capture = step, capture
        self._steps = 0
        self._batch: Tensor | None = None
        self._replay: Work | None = None

    def __call__(self, batch: Tensor) -> None:
        """Perform one training step on the images at the indices `batch` (B,)."""
        if self._batch is None:
            self._batch = batch.clone()
        if len(batch) != len(self._batch) or self._steps < WARM_UP:
            self._steps += 1
            with warnings.catch_warnings():  # Adam warns about steps outside a graph
                warnings.filterwarnings("ignore", "This instance was constructed with capturable=True")
                self._step(batch)
            return
        self._batch.copy_(batch)
        if self._replay is None:
            work = partial(self._step, self._batch)
            try:
                self._replay = self._capture(work)
            except RuntimeError as error:
                warnings.warn(f"training continues without a CUDA graph: {error}", stacklevel=2)
                self._replay = work
        self._replay()


def capture_with(*generators: torch.Generator) -> Callable[[Work], Work]:
    """Return a function that records a CUDA graph.

    The function takes a callable without arguments, records the GPU work of one call without executing it, and returns
    a callable that executes the recorded work. The work may draw random numbers from `generators`.
    """

    def capture(work: Work) -> Work:
        graph = torch.cuda.CUDAGraph()
        states = [generator.clone_state() for generator in generators]
        for generator in generators:
            graph.register_generator_state(generator)
        torch.cuda.synchronize()
        try:
            with torch.cuda.graph(graph):
                work()
        except RuntimeError:
            # generators are unusable after a failed capture
            for generator, state in zip(generators, states, strict=True):
                generator.graphsafe_set_state(state)
            raise
        return graph.replay

    return capture
