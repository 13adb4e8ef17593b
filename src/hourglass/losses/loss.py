"""What a loss is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Loss:
    """What training minimises of a batch.

    function: takes the model, inputs and targets (B, 1, 28, 28) in [0, 1], and the generator from which codes are
    drawn, if they are; returns what is minimised, a scalar, and what is reported: always `mse`, on [0, 1].
    of_distributions: whether the model's code has to be a distribution, and cannot be anything else.
    """

    function: Callable[[Any, Tensor, Tensor, Generator], tuple[Tensor, Terms]]
    of_distributions: bool = False

    def __call__(self, model: Any, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Terms]:
        """See `function`."""
        return self.function(model, inputs, targets, generator)
