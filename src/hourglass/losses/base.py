"""What a loss is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Generator, Tensor

from hourglass.models.sizes import A_NUMBER

Terms = dict[str, Tensor]


class Reconstructs(Protocol):
    """What a loss asks of a network, on the network's own pixel range: low + span · [0, 1]; see models.Autoencoder."""

    span: float

    def encode(self, images: Tensor) -> Tensor: ...
    def decode_own(self, codes: Tensor) -> Tensor: ...
    def as_own(self, images: Tensor) -> Tensor: ...


class Distributes(Protocol):
    """What a loss asks of a network whose code is a distribution; see models.VariationalAutoencoder."""

    spec: Any

    def distribution(self, images: Tensor) -> tuple[Tensor, Tensor]: ...
    def logits(self, codes: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Loss:
    """What training minimises of a batch.

    function: takes the model, inputs and targets (B, 1, 28, 28) in [0, 1], and the generator from which codes are
    drawn, if they are; returns what is minimised, a scalar, and what is reported: always `mse`, on [0, 1].
    codes: the kinds of code that it suits; None for all whose numbers the encoder gives as they are.
    """

    function: Callable[[Any, Tensor, Tensor, Generator], tuple[Tensor, Terms]]
    codes: frozenset[str] | None = None

    def suits(self, code: str) -> bool:
        """Whether it can train a network with a code of this kind."""
        return code not in A_NUMBER if self.codes is None else code in self.codes

    def __call__(self, model: Any, inputs: Tensor, targets: Tensor, generator: Generator) -> tuple[Tensor, Terms]:
        """See `function`."""
        return self.function(model, inputs, targets, generator)
