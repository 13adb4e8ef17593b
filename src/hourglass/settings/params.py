"""params.yaml as typed, validated objects. Unknown keys are refused; every problem is reported at once."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

from hourglass.data import CORRUPTIONS, DATASETS, Corruption
from hourglass.data.corruptions.kind import Strength as CorruptionStrength
from hourglass.errors import UserError
from hourglass.losses import LOSSES
from hourglass.settings.network import AnyNetworkSpec, NetworkSpec
from hourglass.settings.section import Section

Strength = Annotated[float, Setting(gt=0, allow_inf_nan=False)]
Precision = Literal["float32", "bfloat16"]
WeightDecay = Annotated[float, Setting(ge=0, allow_inf_nan=False)]


def _one_of(known: Iterable[str]) -> AfterValidator:
    """Refuses, in pydantic's words, what is no entry of a registry."""
    *most, last = map(repr, known)

    def check(name: str) -> str:
        if name not in known:
            raise PydanticCustomError("unknown_name", f"Input should be {', '.join(most)} or {last}")
        return name

    return AfterValidator(check)


class Data(Section):
    dataset: Annotated[str, _one_of(DATASETS)]


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
    threads: PositiveInt


class ModelOverride(Section):
    """What, where not null, replaces the value of every variant."""

    latent: PositiveInt | None


class TrainOverride(Section):
    """What, where not null, replaces the value of every variant."""

    epochs: PositiveInt | None
    batch_size: PositiveInt | None
    learning_rate: Strength | None
    weight_decay: WeightDecay | None
    precision: Precision | None


class TrainSpec(Section):
    """How a variant is trained, with Adam.

    precision: in which maps and their products are computed; weights, losses and Adam stay float32.
    test_every: epochs between two test losses.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: Strength
    weight_decay: WeightDecay = 0.0
    precision: Precision = "float32"
    test_every: PositiveInt = 1


class Variant(Section):
    """One trained model: network, loss, corruption of its input, training (none for pca: a closed form)."""

    network: AnyNetworkSpec
    loss: Annotated[str, _one_of(LOSSES)]
    corruption: Annotated[str, _one_of(CORRUPTIONS)]
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


class JudgeSpec(Section):
    """How the classifier that judges reconstructions is trained, with Adam, on clean images."""

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: Strength


class LatentAnalysisSpec(Section):
    """samples: how many test codes the t-SNE map shows (the sheets ask for 500 and 1000)."""

    samples: Annotated[int, Setting(ge=10)]


class Pictures(Section):
    """every: epochs between two pictures of what training has come to."""

    every: PositiveInt


class LearningRates(Section):
    """One for each kind of gradient descent: what suits one makes another diverge, or hardly move."""

    stochastic: Strength
    mini_batch: Strength
    full_batch: Strength


class SgdVariants(Section):
    """Three kinds of gradient descent on a subset of `images`; batch_size is that of the mini-batch kind."""

    images: Annotated[int, Setting(ge=2)]
    passes: Annotated[int, Setting(ge=2)]
    batch_size: PositiveInt
    learning_rate: LearningRates


class Params(Section):
    """The whole of params.yaml."""

    seed: NonNegativeInt
    data: Data
    noise: Noise  # type: ignore[valid-type]  # made of the registry's entries
    model: ModelOverride
    train: TrainOverride
    runtime: Runtime
    judge: JudgeSpec
    latent_analysis: LatentAnalysisSpec
    pictures: Pictures
    sgd_variants: SgdVariants
    variants: dict[str, Variant]

    @field_validator("variants")
    @classmethod
    def _usable_names(cls, variants: dict[str, Variant]) -> dict[str, Variant]:
        for name in variants:
            if not name.isidentifier() or not name.isascii():
                raise ValueError(f"{name!r} names files and stages, so use letters, digits and underscores")
        if not variants:
            raise ValueError("no variant is described, so there is nothing to train")
        return variants

    @model_validator(mode="after")
    def _overrides_fit(self) -> "Params":
        for name in self.variants:
            try:
                self.variant(name)
            except ValidationError as error:
                raise ValueError(f"with the overrides, variants.{name} fails: {_problems(error)[0]}") from error
        return self

    def variant(self, name: str) -> Variant:
        """The variant as it is trained: its own values, replaced by the overrides that are not null."""
        if name not in self.variants:
            raise UserError(f"params.yaml has no variant {name!r}; it has {', '.join(self.variants)}")
        merged = self.variants[name].model_dump()
        if self.model.latent is not None:
            merged["network"]["latent"] = self.model.latent
        if merged["train"] is not None:
            merged["train"] = merged["train"] | self.train.model_dump(exclude_none=True)
        return Variant.model_validate(merged)

    def strengths(self) -> dict[str, int | float]:
        """The strengths of all corruptions, by key."""
        return {key: value for key, value in self.noise.model_dump().items() if key != "fresh"}  # type: ignore[attr-defined]

    def strengths_of(self, corruption: str) -> dict[str, int | float]:
        """Those that one corruption has."""
        return dict(Corruption.of(corruption, self.strengths()).strengths)

    def fresh(self) -> bool:
        """Whether training noise is drawn anew for every batch."""
        return bool(self.noise.model_dump()["fresh"])  # type: ignore[attr-defined]

    def overrides(self) -> dict[str, Any]:
        """The overrides that are not null, by key."""
        return self.model.model_dump(exclude_none=True) | self.train.model_dump(exclude_none=True)


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and validate. Raises UserError: one line for each thing that is wrong."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing here; run from the root of the repository") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} holds {content!r}, where settings should be, `seed: 0` and so on")
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise UserError("\n".join(f"{path}: {problem}" for problem in _problems(error))) from None


def _problems(error: ValidationError) -> list[str]:
    return [_problem(details["loc"], details["msg"], details["type"], details["input"]) for details in error.errors()]


def _problem(location: tuple[int | str, ...], message: str, kind: str, found: object) -> str:
    # pydantic names the member of a union in the path, which is no key of the file
    parts = [
        part
        for before, part in zip((None, *location), location, strict=False)
        if before != "network" or part not in ("autoencoder", "pca")
    ]
    key = ".".join(map(str, parts))
    if kind == "extra_forbidden":
        return f"{key} is not a known setting"
    if kind == "missing":
        return f"{key} is missing"
    if kind == "union_tag_invalid":  # of a network, the only union
        given = found.get("kind") if isinstance(found, dict) else found
        return f"{key}.kind is {given!r}, but input should be 'autoencoder' or 'pca'"
    if kind == "value_error":
        text = message.removeprefix("Value error, ")
        return f"{key}: {text}" if key else text
    return f"{key} is {found!r}, but {message[0].lower()}{message[1:]}"
