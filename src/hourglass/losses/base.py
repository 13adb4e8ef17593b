"""Interface and registry of training losses."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor, bernoulli
from torch.nn import functional as F

from hourglass.models import Autoencoder
from hourglass.models.codes import CODE_KINDS
from hourglass.schema import Value

Terms = dict[str, Tensor]
LossFunction = Callable[..., tuple[Tensor, Terms]]


@dataclass(frozen=True)
class Loss:
    """A training loss and the kinds of code that it supports.

    `function` takes the model, inputs to encode and targets to reconstruct, both (B, C, H, W) in [0, 1], a random
    generator and, as keyword arguments, the settings of the loss. It returns the scalar loss and a dictionary of terms
    to report, which includes `mse`, the MSE for pixels in [0, 1].
    """

    function: LossFunction
    codes: Collection[str] | None = None  # supported; None: all kinds but those with `own_losses`
    pca: bool = False  # whether PCA minimises the loss
    pairwise: bool = False  # whether the loss compares the codes of each pair of images in a batch

    def suits(self, code: str) -> bool:
        """Return whether the loss supports a kind of code, such as `gaussian`, or PCA if `code` is `pca`."""
        if code == "pca":
            return self.pca
        return not CODE_KINDS[code].own_losses if self.codes is None else code in self.codes

    def __call__(
        self, model: Any, inputs: Tensor, targets: Tensor, generator: Generator, **settings: Value
    ) -> tuple[Tensor, Terms]:
        """Call `function`, and return the scalar loss and the terms to report."""
        return self.function(model, inputs, targets, generator, **settings)


LOSSES: dict[str, Loss] = {}
"""All losses, keyed by name. A loss is named after its file, which is a dependency of stages in dvc.yaml."""


def loss(codes: Collection[str] | None = None, **attributes: bool) -> Callable[[LossFunction], LossFunction]:
    """Return a decorator that registers a loss function under the name of its module.

    The keyword-only parameters of the function are the settings of the loss (see `schema.check_keywords`).

    Args:
        codes: kinds of code that the loss supports. By default, all kinds whose `CodeKind.own_losses` is false.
        **attributes: `pca`, whether PCA minimises the loss, and `pairwise`, whether the loss compares the codes of each
            pair of images in a batch. Both are false by default.
    """

    def register(function: LossFunction) -> LossFunction:
        name = function.__module__.rpartition(".")[2]
        LOSSES[name] = Loss(function, codes, **attributes)
        return function

    return register


def decode_pixels(model: Autoencoder, codes: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Terms]:
    """Decode codes (B, K), and scale targets (B, C, H, W) from [0, 1] to the network's pixel range.

    Returns:
        Reconstructions and scaled targets (B, C, H, W), and a dictionary of `mse`, the MSE for pixels in [0, 1].
    """
    pixels, scaled = model.decode_scaled(codes).float(), model.scale(targets)  # autocast may return bfloat16
    return pixels, scaled, {"mse": F.mse_loss(pixels.detach(), scaled) / model.span**2}


def squared_errors(model: Autoencoder, codes: Tensor, targets: Tensor) -> tuple[Tensor, Terms]:
    """Return the squared error between decoded codes (B, K) and targets (B, C, H, W) in [0, 1], and the term `mse`.

    The error is summed over pixels and averaged over images; `mse` is averaged over both. Both are computed for
    pixels in [0, 1], whatever the network's pixel range.
    """
    pixels, scaled, terms = decode_pixels(model, codes, targets)
    return F.mse_loss(pixels, scaled, reduction="sum") / len(targets) / model.span**2, terms


def binarised(images: Tensor, generator: Generator) -> Tensor:
    """Return binary images whose pixels are 1 with the probabilities given by grey images (B, C, H, W) in [0, 1].

    Losses call this function for every batch, so that pixels are drawn again in every epoch (Burda et al. 2016).
    """
    return bernoulli(images, generator=generator)
