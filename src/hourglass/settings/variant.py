"""Settings of a variant: network, loss, corruption and training."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field as Setting
from pydantic import model_validator

from hourglass.corruptions import CORRUPTIONS
from hourglass.losses import LOSSES
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec
from hourglass.schema import Count, Section, Strength, one_of

Precision = Literal["float32", "bfloat16"]
WeightDecay = Annotated[float, Setting(ge=0, allow_inf_nan=False)]


class TrainSpec(Section):
    """Settings for training with Adam."""

    epochs: Count
    batch_size: Count
    learning_rate: Strength
    weight_decay: WeightDecay = 0.0  # L2 penalty
    precision: Precision = "float32"  # of activations; weights, losses and Adam stay float32
    test_every: Count = 1  # epochs between two evaluations on the test images


class Variant(Section):
    """Network and training settings of one model in the comparison, with the names of its loss and input corruption."""

    network: AnyNetworkSpec
    loss: Annotated[str, one_of(LOSSES)]
    corruption: Annotated[str, one_of(CORRUPTIONS)]
    train: TrainSpec | None = None  # None for PCA, which is fitted in a single pass

    @model_validator(mode="after")
    def _check_training(self) -> Self:
        kind = self.network.kind
        if (self.train is None) != (kind == "pca"):
            raise ValueError(f"a network of kind {kind} {'allows no' if kind == 'pca' else 'needs a'} train block")
        if kind == "pca" and self.corruption != "none":
            raise ValueError(f"pca is fitted to clean images; corruption must be none, not {self.corruption}")
        return self

    @model_validator(mode="after")
    def _check_loss(self) -> Self:
        code = self.network.code if isinstance(self.network, NetworkSpec) else self.network.kind
        suitable = [name for name, loss in LOSSES.items() if loss.suits(code)]
        if self.loss not in suitable:
            raise ValueError(f"loss {self.loss} is not defined for code {code}; use {' or '.join(suitable)}")
        return self

    def with_overrides(self, latent: int | None = None, train: Mapping[str, object] | None = None) -> Self:
        """Return a copy with the given latent dimension and training settings. PCA ignores the training settings.

        Raises:
            ValidationError: if the result is not a valid variant.
        """
        merged = self.model_dump()
        if latent is not None:
            merged["network"]["latent"] = latent
        if merged["train"] is not None:
            merged["train"] |= train or {}
        return type(self).model_validate(merged)
