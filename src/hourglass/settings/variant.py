"""One variant: a network, how it is trained, and on which images."""

from collections.abc import Mapping
from itertools import chain
from math import prod
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import model_validator

from hourglass.corruptions import CORRUPTIONS
from hourglass.losses import LOSSES
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec
from hourglass.schema import Count, Section, Strength, one_of

Precision = Literal["float32", "bfloat16"]
WeightDecay = Annotated[float, Setting(ge=0, allow_inf_nan=False)]


class TrainSpec(Section):
    """Training with Adam.

    Attributes:
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: of Adam.
        weight_decay: L2 penalty of Adam.
        precision: of activations; weights, losses and Adam stay float32.
        test_every: epochs between two evaluations on the test images.
    """

    epochs: Count
    batch_size: Count
    learning_rate: Strength
    weight_decay: WeightDecay = 0.0
    precision: Precision = "float32"
    test_every: Count = 1


class Variant(Section):
    """One model of the comparison.

    Attributes:
        network: specification of the model.
        loss: name of a loss.
        corruption: name of the corruption of its input.
        train: training settings; None for PCA, which is fitted in closed form.
    """

    network: AnyNetworkSpec
    loss: Annotated[str, one_of(LOSSES)]
    corruption: Annotated[str, one_of(CORRUPTIONS)]
    train: TrainSpec | None = None

    @model_validator(mode="after")
    def _check_training(self) -> "Variant":
        kind = self.network.kind
        if (self.train is None) != (kind == "pca"):
            raise ValueError(f"a network of kind {kind} {'allows no' if kind == 'pca' else 'needs a'} train block")
        if kind == "pca" and self.corruption != "none":
            raise ValueError(f"pca is fitted to clean images; corruption must be none, not {self.corruption}")
        return self

    @model_validator(mode="after")
    def _check_loss(self) -> "Variant":
        code = self.network.code if isinstance(self.network, NetworkSpec) else self.network.kind
        suitable = [name for name, loss in LOSSES.items() if loss.suits(code)]
        if self.loss not in suitable:
            raise ValueError(f"loss {self.loss} is not defined for code {code}; use {' or '.join(suitable)}")
        return self

    def with_overrides(self, latent: int | None = None, train: Mapping[str, object] | None = None) -> "Variant":
        """Return a copy with the overrides applied.

        Args:
            latent: latent dimension; None keeps that of the variant.
            train: training settings to replace; ignored for PCA.

        Raises:
            ValidationError: if the result is not a valid variant.
        """
        merged = self.model_dump()
        if latent is not None:
            merged["network"]["latent"] = latent
        if merged["train"] is not None:
            merged["train"] |= train or {}
        return type(self).model_validate(merged)

    def check_memory(self, batch_size: int, available: int) -> str | None:
        """Return why one training step with `batch_size` images exceeds `available` bytes, or None if it fits."""
        if not isinstance(self.network, NetworkSpec):
            return None
        layers = list(chain(*self.network.layers()))
        weights = 4 * sum(layer.parameters for layer in layers)  # with gradients and Adam's two moments
        activations = 2 * batch_size * sum(prod(layer.output) for layer in layers)  # with gradients
        needed = 4 * (weights + activations)  # bytes, in float32
        if needed <= available:
            return None
        return f"needs at least {needed / 1e9:,.1f} GB of memory; this machine has {available / 1e9:,.1f} GB"
