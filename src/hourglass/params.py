"""params.yaml as typed, validated objects. Unknown keys are refused; every problem is reported at once."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field as Setting
from pydantic import (
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    field_validator,
    model_validator,
)

from hourglass.errors import UserError
from hourglass.spec import SIDE, AnyNetworkSpec, Section

Dataset = Literal["fashion_mnist", "mnist", "digits"]
CorruptionName = Literal["none", "gaussian", "occlusion", "gaussian_occlusion"]
Strength = Annotated[float, Setting(gt=0, allow_inf_nan=False)]
Precision = Literal["float32", "bfloat16"]
WeightDecay = Annotated[float, Setting(ge=0, allow_inf_nan=False)]


class Data(Section):
    dataset: Dataset


class Noise(Section):
    """Strengths of the corruptions. sigma: standard deviation, pixels in [0, 1]. occlusion: side of the square."""

    fresh: bool
    sigma: Strength
    occlusion: Annotated[int, Setting(ge=1, le=SIDE)]


class ModelOverride(Section):
    """What, where not null, replaces the value of every variant."""

    latent: PositiveInt | None


class TrainOverride(Section):
    """What, where not null, replaces the value of every variant; and what holds for all trainings.

    threads: CPU threads of a training. kept_images: how many of the first test images have their reconstructions kept
    after every epoch.
    """

    device: Literal["auto", "cpu", "cuda"]
    threads: PositiveInt
    kept_images: PositiveInt
    epochs: PositiveInt | None
    batch_size: PositiveInt | None
    learning_rate: Strength | None
    weight_decay: WeightDecay | None
    precision: Precision | None

    def replacing(self) -> dict[str, object]:
        """What replaces the value of every variant."""
        return self.model_dump(exclude={"device", "threads", "kept_images"}, exclude_none=True)


class TrainSpec(Section):
    """How a variant is trained, with Adam.

    precision: in which maps and their products are computed; weights, losses and Adam stay float32.
    test_every, picture_every: epochs between two test losses, two pictures.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: Strength
    weight_decay: WeightDecay = 0.0
    precision: Precision = "float32"
    test_every: PositiveInt = 1
    picture_every: PositiveInt = 10


class Variant(Section):
    """One trained model: the network, the corruption of its input, its training (none for pca: a closed form)."""

    network: AnyNetworkSpec
    corruption: CorruptionName
    train: TrainSpec | None = None

    @model_validator(mode="after")
    def _trained_or_closed_form(self) -> "Variant":
        if (self.train is None) != (self.network.kind == "pca"):
            what = "has no training" if self.network.kind == "pca" else "needs a train block"
            raise ValueError(f"a network of kind {self.network.kind} {what}")
        if self.network.kind == "pca" and self.corruption != "none":
            raise ValueError(f"pca is fitted to clean images, so corruption must be none, not {self.corruption}")
        return self


class JudgeSpec(Section):
    """How the classifier that judges reconstructions is trained, with Adam, on clean images."""

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: Strength


class LatentAnalysis(Section):
    """samples: how many test codes the t-SNE map shows (the sheets ask for 500 and 1000)."""

    samples: Annotated[int, Setting(ge=10)]


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
    noise: Noise
    model: ModelOverride
    train: TrainOverride
    judge: JudgeSpec
    latent_analysis: LatentAnalysis
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
            merged["train"] = merged["train"] | self.train.replacing()
        return Variant.model_validate(merged)

    def run_name(self, name: str) -> str:
        """What tells this training from others of the variant: `linear`, `linear latent=2`."""
        overrides = self.model.model_dump(exclude_none=True) | self.train.replacing()
        return " ".join([name, *(f"{key}={value}" for key, value in overrides.items())])


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
