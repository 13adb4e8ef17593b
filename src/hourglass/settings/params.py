"""params.yaml as typed, validated objects. Unknown keys are refused; every problem is reported at once."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

from hourglass.corruptions import CORRUPTIONS
from hourglass.corruptions.base import Strength as CorruptionStrength
from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.losses import LOSSES
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec
from hourglass.schema import Count, Section, Seed, Strength, one_of
from hourglass.settings import validation
from hourglass.settings.error_messages import lines, refuse, sentence, shown
from hourglass.settings.grids import SweepSpec, overridden
from hourglass.settings.validation import Machine
from hourglass.settings.yaml_io import read

Precision = Literal["float32", "bfloat16"]
WeightDecay = Annotated[float, Setting(ge=0, allow_inf_nan=False)]


def _usable(name: object) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w{,63}", name, re.ASCII):
        raise sentence(
            f"{shown(name)} names files and stages, so use letters, digits and underscores, 64 at most, no digit first"
        )
    return name


Name = Annotated[str, BeforeValidator(_usable)]


class Data(Section):
    dataset: Annotated[str, one_of(DATASETS)]


class _Fresh(Section):
    """fresh: whether training noise is drawn anew for every batch."""

    fresh: bool


def _strengths() -> dict[str, Any]:
    """Fields of `noise`. Raises ValueError where two corruptions mean different things by one key."""
    # taken: by the setting beside them, and in the files of inputs
    found: dict[str, CorruptionStrength | None] = {"fresh": None, "name": None}
    for name, kind in CORRUPTIONS.items():
        for key, strength in kind.strengths.items():
            if found.setdefault(key, strength) is not strength:
                raise ValueError(f"the corruption {name} calls a strength {key!r}, which is something else already")
    return {key: (strength.allowed, strength.default) for key, strength in found.items() if strength is not None}


Noise = create_model("Noise", __base__=_Fresh, __doc__="And the strengths of all corruptions.", **_strengths())


class Runtime(Section):
    """How this machine computes, which makes no result stale; threads: CPU threads of a training."""

    device: Literal["auto", "cpu", "cuda"]
    threads: Annotated[int, Setting(ge=1, le=1024)]

    @field_validator("device")
    @classmethod
    def _is_there(cls, device: str, info: ValidationInfo) -> str:
        if device == "cuda" and isinstance(info.context, Machine) and not info.context.cuda:
            raise PydanticCustomError("no_gpu", "torch finds no CUDA GPU here; set it to auto or cpu")
        return device


class ModelOverride(Section):
    """What, where not null, replaces the value of every variant."""

    latent: Count | None


class TrainOverride(Section):
    """What, where not null, replaces the value of every variant."""

    epochs: Count | None
    batch_size: Count | None
    learning_rate: Strength | None
    weight_decay: WeightDecay | None
    precision: Precision | None


class TrainSpec(Section):
    """How a variant is trained, with Adam.

    precision: in which maps and their products are computed; weights, losses and Adam stay float32.
    test_every: epochs between two test losses.
    """

    epochs: Count
    batch_size: Count
    learning_rate: Strength
    weight_decay: WeightDecay = 0.0
    precision: Precision = "float32"
    test_every: Count = 1


class Variant(Section):
    """One trained model: network, loss, corruption of its input, training (none for pca: a closed form)."""

    network: AnyNetworkSpec
    loss: Annotated[str, one_of(LOSSES)]
    corruption: Annotated[str, one_of(CORRUPTIONS)]
    train: TrainSpec | None = None

    @model_validator(mode="after")
    def _trained_or_closed_form(self) -> "Variant":
        if (self.train is None) != (self.network.kind == "pca"):
            what = "has no training" if self.network.kind == "pca" else "needs a train block"
            raise ValueError(f"a network of kind {self.network.kind} {what}")
        if self.network.kind == "pca" and self.corruption != "none":
            raise ValueError(f"pca is fitted to clean images, so corruption must be none, not {self.corruption}")
        return self

    @model_validator(mode="after")
    def _loss_suits_the_code(self) -> "Variant":
        code = self.network.code if isinstance(self.network, NetworkSpec) else self.network.kind
        fit = [name for name, loss in LOSSES.items() if loss.suits(code)]
        if self.loss not in fit:
            raise ValueError(f"the loss {self.loss} does not suit a code of kind {code}; {' and '.join(fit)} would")
        return self


class ClassifierSpec(Section):
    """How the classifier that judges reconstructions is trained, with Adam, on clean images."""

    epochs: Count
    batch_size: Count
    learning_rate: Strength


class LatentAnalysisSpec(Section):
    """samples: how many test codes the t-SNE map shows, all where there are fewer (the sheets ask for 500 and 1000)."""

    samples: Annotated[int, Setting(ge=10, lt=2**31)]


class Pictures(Section):
    """every: epochs between two pictures of what training has come to."""

    every: Count


class Passes(Section):
    """Over the subset, by kind of gradient descent: the larger the batch, the more a kind needs to get anywhere."""

    stochastic: Count
    mini_batch: Count
    full_batch: Count


class LearningRates(Section):
    """One for each kind of gradient descent: what suits one makes another diverge, or hardly move."""

    stochastic: Strength
    mini_batch: Strength
    full_batch: Strength


class SgdVariants(Section):
    """Three kinds of gradient descent on a subset of `images`; batch_size is that of the mini-batch kind.

    target: the training loss that each kind is to reach, as a share of what the subset's mean image comes to.
    """

    images: Annotated[int, Setting(ge=2, lt=2**31)]
    passes: Passes
    target: Annotated[float, Setting(gt=0, lt=1)]
    batch_size: Count
    learning_rate: LearningRates


class Params(Section):
    """The whole of params.yaml."""

    seed: Seed
    data: Data
    noise: Noise  # type: ignore[valid-type]  # made of the registry's entries
    model: ModelOverride
    train: TrainOverride
    runtime: Runtime
    classifier: ClassifierSpec
    latent_analysis: LatentAnalysisSpec
    pictures: Pictures
    sgd_variants: SgdVariants
    variants: dict[Name, Variant]
    sweep: SweepSpec

    @field_validator("classifier")
    @classmethod
    def _classifier_fits(cls, classifier: ClassifierSpec, info: ValidationInfo) -> ClassifierSpec:
        refuse(validation.of_classifier(classifier, info))
        return classifier

    @field_validator("variants")
    @classmethod
    def _variants_fit(cls, variants: dict[str, Variant], info: ValidationInfo) -> dict[str, Variant]:
        if not variants:
            raise ValueError("no variant is described, so there is nothing to train")
        of_all, of_each = validation.of_names(list(variants)), validation.of_variants(variants, info)
        refuse([*of_all, *of_each, *validation.of_descent(variants, info)])
        return variants

    @field_validator("sweep")
    @classmethod
    def _sweep_fits(cls, sweep: SweepSpec, info: ValidationInfo) -> SweepSpec:
        refuse(validation.of_sweep(sweep, info))
        return sweep

    def variant(self, name: str) -> Variant:
        """The variant as it is trained: its own values, replaced by the overrides that are not null."""
        if name not in self.variants:
            raise UserError(f"params.yaml has no variant {name!r}; it has {', '.join(self.variants)}")
        return overridden(self.variants[name], self.model.latent, self.train.model_dump(exclude_none=True))

    def strengths(self) -> dict[str, int | float]:
        """The strengths of all corruptions, by key."""
        return {key: value for key, value in self.noise.model_dump().items() if key != "fresh"}  # type: ignore[attr-defined]

    def fresh(self) -> bool:
        """Whether training noise is drawn anew for every batch."""
        return bool(self.noise.model_dump()["fresh"])  # type: ignore[attr-defined]

    def overrides(self) -> dict[str, Any]:
        """The overrides that are not null, by key."""
        return self.model.model_dump(exclude_none=True) | self.train.model_dump(exclude_none=True)


def load(path: Path = Path("params.yaml"), machine: Machine | None = None) -> Params:
    """Read and validate. Raises UserError: one line for each thing that is wrong.

    machine: refuse, too, what this one cannot do.
    """
    try:
        return Params.model_validate(read(path), context=machine)
    except ValidationError as error:
        raise UserError("\n".join(f"{path}: {line}" for line in lines(error, Params))) from None
