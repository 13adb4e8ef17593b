"""Interface and registry of training losses."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor

from hourglass.models.spec import OUTPUTS_PER_DIM

Terms = dict[str, Tensor]
LossFunction = Callable[[Any, Tensor, Tensor, Generator], tuple[Tensor, Terms]]


@dataclass(frozen=True)
class Loss:
    """A training loss and the kinds of code that it supports.

    `function` takes the model, inputs and targets (B, C, H, W) in [0, 1], and a generator for sampling codes. It
    returns the scalar loss and a dictionary of terms to report, which includes `mse`, the MSE for pixels in [0, 1].
    """

    function: LossFunction
    codes: Collection[str] | None = None  # supported; None: all with one encoder output per latent dimension

    def suits(self, code: str) -> bool:
        """Return whether the loss supports networks with the given kind of code, such as `gaussian`."""
        return code not in OUTPUTS_PER_DIM if self.codes is None else code in self.codes

    def __call__(self, model: Any, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Terms]:
        """Call `function`, and return the scalar loss and the terms to report."""
        return self.function(model, inputs, targets, generator)


LOSSES: dict[str, Loss] = {}
"""All losses, keyed by name. A loss is named after its file, which is a dependency of stages in dvc.yaml."""


def loss(codes: Collection[str] | None = None) -> Callable[[LossFunction], LossFunction]:
    """Return a decorator that registers a loss function under the name of its module.

    Args:
        codes: kinds of code that the loss supports. By default, all kinds with one encoder output per latent dimension.
    """

    def register(function: LossFunction) -> LossFunction:
        name = function.__module__.rpartition(".")[2]
        LOSSES[name] = Loss(function, codes)
        return function

    return register
