"""Settings of a variant: network, loss, corruption and training."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field as Setting
from pydantic import ValidationInfo, field_validator, model_validator

from hourglass.corruptions import CORRUPTIONS
from hourglass.losses import LOSSES
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec
from hourglass.schema import Count, NonNegative, Section, Strength, check_keywords, one_of, optional

Precision = Literal["float32", "bfloat16"]
Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "step"]
Validation = Annotated[float, Setting(ge=0, le=0.5)]
Epochs = Annotated[int, Setting(ge=0, lt=2**31)]


DEPENDENT: dict[str, tuple[str, Callable[[object], bool]]] = {
    "momentum": ("optimizer", lambda optimizer: optimizer == "sgd"),
    "step_epochs": ("schedule", lambda schedule: schedule == "step"),
    "patience": ("validation", bool),
}
"""Settings that need another setting, with this setting and a test of its value."""


class TrainSpec(Section):
    """Settings for training with a torch optimizer."""

    epochs: Count
    batch_size: Count
    learning_rate: Strength
    weight_decay: NonNegative = 0.0  # L2 penalty; decoupled for adamw
    precision: Precision = "float32"  # of activations; weights, losses and the optimizer stay float32
    test_every: Count = 1  # epochs between two evaluations on the test images
    optimizer: Optimizer = optional("adam")
    momentum: Annotated[float, Setting(ge=0, lt=1)] = optional(0.9)  # of sgd
    schedule: Schedule = optional("constant")  # of the learning rate: cosine decays it to 0
    step_epochs: Count | None = optional(None)  # of schedule step, which divides the rate by 10 after each such period
    warm_up: Epochs = optional(0)  # epochs in which the learning rate rises linearly to its full value
    kl_warm_up: Epochs = optional(0)  # epochs in which the weight of the KL divergence rises linearly from 0 to beta
    validation: Validation = optional(0.0)  # fraction of the training images that is held out, to measure an error
    patience: Count | None = optional(None)  # epochs without a lower validation error after which training stops

    @property
    def changing(self) -> bool:
        """Whether the learning rate or the weight of the KL divergence changes during training."""
        return self.schedule != "constant" or bool(self.warm_up or self.kl_warm_up)

    def held_out(self, images: int) -> int:
        """Return how many of a total of `images` to hold out for validation: at least 1 unless `validation` is 0."""
        return max(1, round(self.validation * images)) if self.validation else 0

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        if self.patience and not self.validation:
            raise ValueError("patience needs validation images; set validation to a fraction such as 0.1")
        if self.momentum != 0.9 and self.optimizer != "sgd":
            raise ValueError(f"momentum is a setting of optimizer sgd, not of {self.optimizer}")
        if (self.schedule == "step") != (self.step_epochs is not None):
            raise ValueError(f"schedule is {self.schedule}; step_epochs is a setting of schedule step, which needs it")
        if max(self.warm_up, self.kl_warm_up) > self.epochs:
            raise ValueError(f"warm_up and kl_warm_up must be at most epochs, which is {self.epochs}")
        return self


class Variant(Section):
    """Settings of one model in the comparison: network, loss, input corruption and training."""

    network: AnyNetworkSpec
    loss: Annotated[str, one_of(LOSSES)]
    loss_settings: dict[str, Any] = optional({})
    corruption: Annotated[str, one_of(CORRUPTIONS)]
    train: TrainSpec | None = None  # None for PCA, which is fitted in a single pass
    pretrained: str | None = optional(None)  # file in the folder `pretrained` whose weights training starts from

    @field_validator("loss_settings")
    @classmethod
    def _check_loss_settings(cls, values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if "loss" in info.data:  # otherwise the loss is invalid, which is reported by itself
            check_keywords(LOSSES[info.data["loss"]].function, values)
        return values

    @model_validator(mode="after")
    def _check_training(self) -> Self:
        kind = self.network.kind
        if (self.train is None) != (kind == "pca"):
            raise ValueError(f"a network of kind {kind} {'allows no' if kind == 'pca' else 'needs a'} train block")
        if kind == "pca" and self.corruption != "none":
            raise ValueError(f"pca is fitted to clean images; corruption must be none, not {self.corruption}")
        if kind == "pca" and self.pretrained:
            raise ValueError("pca has no training that could start from pretrained weights")
        if self.pretrained and not re.fullmatch(r"[\w-][\w.-]*\.safetensors", self.pretrained):
            raise ValueError("pretrained must be the name of a .safetensors file in the folder pretrained")
        return self

    @model_validator(mode="after")
    def _check_loss(self) -> Self:
        code = self.network.code if isinstance(self.network, NetworkSpec) else self.network.kind
        suitable = [name for name, loss in LOSSES.items() if loss.suits(code)]
        if self.loss not in suitable:
            raise ValueError(f"loss {self.loss} is not defined for code {code}; use {', '.join(suitable)}")
        if self.train and getattr(self.network, "batch_norm", False) and self.train.batch_size == 1:
            raise ValueError("batch_norm needs batches of at least two images, but batch_size is 1")
        if self.loss_settings.get("binarise") and self.corruption != "none":
            raise ValueError(f"loss_settings.binarise needs corruption none, not {self.corruption}")
        if self.train and self.train.kl_warm_up and code != "gaussian":
            raise ValueError(f"kl_warm_up weights the KL divergence of a gaussian code, but code is {code}")
        return self

    @property
    def samples(self) -> int:
        """Number of codes that the loss decodes for each image: the loss setting `samples`, or 1 if there is none."""
        return int({**(LOSSES[self.loss].function.__kwdefaults__ or {}), **self.loss_settings}.get("samples", 1))

    def with_overrides(self, latent: int | None = None, train: Mapping[str, object] | None = None) -> Self:
        """Return a copy with the given latent dimension and training settings. PCA ignores the training settings.

        Settings of the variant that an override makes meaningless, such as `momentum` with another optimizer, are left
        out.

        Raises:
            ValidationError: if the result is not a valid variant.
        """
        merged = self.model_dump()
        if latent is not None:
            merged["network"]["latent"] = latent
        if merged["train"] is not None and train:
            merged["train"] |= train
            for name, (setting, needed) in DEPENDENT.items():
                if name not in train and setting in train and not needed(train[setting]):
                    merged["train"].pop(name, None)
        return type(self).model_validate(merged)
