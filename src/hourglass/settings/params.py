"""Typed, validated settings from params.yaml.

Validation reports all problems at once: unknown keys, values out of range, variants made invalid by overrides, and
networks too large for the memory of this machine.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ValidationError, ValidationInfo, create_model, field_validator
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

from hourglass import models
from hourglass.corruptions import CORRUPTIONS
from hourglass.datasets import DATASETS, OWN, DataSet, find
from hourglass.datasets.own_images import LARGEST_SIDE, SMALLEST_SIDE, check_number
from hourglass.datasets.registry import own_name
from hourglass.errors import UserError
from hourglass.images import Shape
from hourglass.losses import LOSSES
from hourglass.models.spec import NetworkSpec
from hourglass.paths import PRETRAINED
from hourglass.schema import Count, NonNegative, Section, Seed, Strength, one_of
from hourglass.settings.error_messages import Location, custom_error, format_value, messages, raise_all
from hourglass.settings.grids import NOISE, Grid, SweepSpec
from hourglass.settings.variant import Epochs, Optimizer, Precision, Schedule, Validation, Variant
from hourglass.settings.yaml_io import read

OUTPUTS = ("checkpoints", "data", "metrics", "models", "plots", "results", "settings")  # folders that stages write
SGD_VARIANT = "linear"  # the network that stage sgd-variants trains
DEFAULT = "default"  # entry of `sgd_variants.learning_rate` for all data sets without an entry

Value = TypeVar("Value")
Problem = tuple[Location, str]
Problems = Iterator[Problem]
"""Pairs of a location, relative to the validated setting, and an error message."""


@dataclass(frozen=True)
class Hardware:
    """Hardware against which params.yaml is validated: memory in bytes, and whether a CUDA GPU is available."""

    memory: int
    cuda: bool


def _check_name(name: object) -> str:
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w{,63}", name, re.ASCII):
        raise custom_error(
            f"{format_value(name)} is not a valid variant name; use up to 64 letters, digits and underscores, "
            "not starting with a digit"
        )
    return name


Name = Annotated[str, BeforeValidator(_check_name)]


class Data(Section):
    """Settings that select the data set. All settings except `dataset` apply only to the user's own images."""

    dataset: Annotated[str, one_of((*DATASETS, *OWN))]
    path: str = "images"
    size: Annotated[int, Setting(ge=SMALLEST_SIDE, le=LARGEST_SIDE)] | None = None  # pixels
    channels: Literal[1, 3] | None = None

    @property
    def own(self) -> bool:
        """Whether the data set consists of the user's own images."""
        return self.dataset in OWN

    @property
    def name(self) -> str:
        """Name of the data set in results and MLflow. For the user's own images, it is derived from their path."""
        return own_name(Path(self.path), self.dataset) if self.own else self.dataset

    @cached_property
    def source(self) -> DataSet:
        """The data set. The first access inspects the user's own images. Raises UserError if they are unusable."""
        return find(self.dataset, Path(self.path), self.size, self.channels, log=lambda _: None)

    @property
    def shape(self) -> Shape:
        """Channels, height and width of the images."""
        return self.source.shape


def _noise_fields() -> dict[str, Any]:
    """Return the type and default of each noise setting, keyed by setting name.

    Raises ValueError if two corruptions define the same setting differently.
    """
    # `fresh`: whether training noise is drawn again for every batch; `name` is reserved in files of corrupted images
    fields: dict[str, Any] = {"fresh": (bool, ...), "name": None}
    for name, kind in CORRUPTIONS.items():
        for key, strength in kind.strengths.items():
            field = (strength.allowed, strength.default)
            if fields.setdefault(key, field) != field:
                raise ValueError(f"corruption {name} has a strength {key!r}, which already has another meaning")
    del fields["name"]
    return fields


Noise = create_model("Noise", __base__=Section, __doc__="Strengths of all corruptions.", **_noise_fields())


class Runtime(Section):
    """Settings of the training hardware: device and number of CPU threads. Changing them does not rerun any stage."""

    device: Literal["auto", "cpu", "cuda"]
    threads: Annotated[int, Setting(ge=1, le=1024)]

    @field_validator("device")
    @classmethod
    def _check_device(cls, device: str, info: ValidationInfo) -> str:
        if device == "cuda" and isinstance(info.context, Hardware) and not info.context.cuda:
            raise PydanticCustomError("no_gpu", "Input should be auto or cpu: torch finds no CUDA GPU")
        return device


class ModelOverride(Section):
    """Overrides for the networks of all variants. A field that is None keeps each variant's own value."""

    latent: Count | None


class TrainOverride(Section):
    """Overrides for the training of all variants. A field that is None keeps each variant's own value."""

    epochs: Count | None
    batch_size: Count | None
    learning_rate: Strength | None
    weight_decay: NonNegative | None
    precision: Precision | None
    optimizer: Optimizer | None = None
    schedule: Schedule | None = None
    step_epochs: Count | None = None
    warm_up: Epochs | None = None
    validation: Validation | None = None
    patience: Count | None = None


class ClassifierSpec(Section):
    """Training settings of the classifier that scores reconstructions."""

    epochs: Count
    batch_size: Count
    learning_rate: Strength


class LatentAnalysisSpec(Section):
    """Settings of the latent analysis. `samples` is the maximum number of test codes to embed with t-SNE."""

    samples: Annotated[int, Setting(ge=10, lt=2**31)]


class Pictures(Section):
    """Settings of the stage `pictures`: the number of epochs between consecutive pictures of reconstructions."""

    every: Count


class PerKind(Section, Generic[Value]):
    """A setting with one value per kind of gradient descent: stochastic, mini-batch and full-batch."""

    stochastic: Value
    mini_batch: Value
    full_batch: Value


def _check_rates(rates: dict[str, object]) -> dict[str, object]:
    if unknown := [name for name in rates if name not in (DEFAULT, *DATASETS)]:
        raise custom_error(f"{format_value(unknown[0])} is not a data set; known are {', '.join(DATASETS)}")
    if DEFAULT not in rates:
        raise custom_error(f"{DEFAULT} is missing; it applies to data sets without an entry")
    return rates


LearningRates = PerKind[Strength]


class SgdVariants(Section, Generic[Value]):
    """Settings for the comparison of stochastic, mini-batch and full-batch gradient descent."""

    images: Annotated[int, Setting(ge=2, lt=2**31)]  # size of the subset of training images
    passes: PerKind[Count]  # over the subset
    target: Annotated[float, Setting(gt=0, lt=1)]  # training loss to reach, as a fraction of the mean image's loss
    batch_size: Count  # of mini-batch gradient descent
    learning_rate: Value


class SgdSettings(SgdVariants[Annotated[dict[str, LearningRates], AfterValidator(_check_rates)]]):
    """Settings for the comparison of gradient descent methods, with learning rates keyed by data set.

    The key `default` applies to data sets without an entry.
    """

    def resolved(self, dataset: str) -> SgdVariants[LearningRates]:
        """Return the settings with the learning rates for `dataset`, or the default rates if `dataset` has no entry."""
        rates = self.learning_rate.get(dataset, self.learning_rate[DEFAULT])
        return SgdVariants[LearningRates].model_validate(self.model_dump() | {"learning_rate": rates})


class Params(Section):
    """All settings in params.yaml."""

    seed: Seed
    data: Data
    noise: Noise  # type: ignore[valid-type]  # created from the registry
    model: ModelOverride
    train: TrainOverride
    runtime: Runtime
    classifier: ClassifierSpec
    latent_analysis: LatentAnalysisSpec
    pictures: Pictures
    sgd_variants: SgdSettings
    variants: dict[Name, Variant]
    sheets: dict[str, list[str]] = Setting(default_factory=dict)  # variants of each exercise sheet, for MLflow
    sweep: SweepSpec

    @field_validator("data")
    @classmethod
    def _check_data(cls, data: Data, info: ValidationInfo) -> Data:
        if problem := _check_own_images(data, info):
            raise_all([(("path",), problem)])
        return data

    @field_validator("noise")
    @classmethod
    def _check_noise(cls, noise: Section, info: ValidationInfo) -> Section:
        if (dataset := _known_data(info)) and (problem := _check_occlusion(noise, dataset)):
            raise_all([(("occlusion",), problem)])
        return noise

    @field_validator("variants")
    @classmethod
    def _check_variants(cls, variants: dict[str, Variant], info: ValidationInfo) -> dict[str, Variant]:
        raise_all([*_check_names(variants), *_check_overrides(variants, info), *_check_sgd(variants, info)])
        return variants

    @field_validator("sheets")
    @classmethod
    def _check_sheets(cls, sheets: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        variants = info.data.get("variants", {})
        raise_all(problem for name, names in sheets.items() for problem in _check_known((name,), names, variants))
        return sheets

    @field_validator("sweep")
    @classmethod
    def _check_sweep(cls, sweep: SweepSpec, info: ValidationInfo) -> SweepSpec:
        variants = info.data.get("variants", {})
        problems = (_check_grid(name, grid, variants, info) for name, grid in sweep.grids.items())
        raise_all(filter(None, problems))
        return sweep

    def variant(self, name: str) -> Variant:
        """Return the variant `name` with all overrides applied. Raises UserError if there is no such variant."""
        if name not in self.variants:
            raise UserError(f"params.yaml has no variant {name!r}; known are {', '.join(self.variants)}")
        return self.variants[name].with_overrides(self.model.latent, self.train.model_dump(exclude_none=True))

    def strengths(self) -> dict[str, int | float]:
        """Return the strengths of all corruptions, keyed by setting name, such as `sigma`."""
        return self.noise.model_dump(exclude={"fresh"})  # type: ignore[attr-defined]

    def fresh(self) -> bool:
        """Return whether new training noise is drawn for every batch."""
        return bool(self.noise.fresh)  # type: ignore[attr-defined]

    def overrides(self) -> dict[str, Any]:
        """Return all overrides that are not None, keyed by setting name."""
        return self.model.model_dump(exclude_none=True) | self.train.model_dump(exclude_none=True)


def load(path: Path = Path("params.yaml"), hardware: Hardware | None = None) -> Params:
    """Read and validate params.yaml, against `hardware` if given. Raises UserError with one line per problem."""
    return validate(read(path), path, hardware)


def validate(content: Mapping[str, Any], path: Path, hardware: Hardware | None = None) -> Params:
    """Validate the content of params.yaml. Raises UserError with one line per problem, each starting with `path`."""
    try:
        return Params.model_validate(content, context=hardware)
    except ValidationError as error:
        raise UserError("\n".join(f"{path}: {line}" for line in messages(error, Params))) from None


def _check_own_images(data: Data, info: ValidationInfo) -> str | None:
    """Return an error message if the user's own images cannot be used. They are inspected only if hardware is given."""
    if not data.own:
        return None
    path = Path(data.path)
    if data.path.startswith("~"):
        return f"DVC does not replace ~ in {format_value(data.path)}; write {os.path.expanduser(data.path)}"
    if not path.exists():
        return f"{format_value(data.path)} does not exist"
    if _is_output(path):
        return f"{format_value(data.path)} holds results of the pipeline; move your images elsewhere"
    if isinstance(info.context, Hardware):
        try:
            check_number(data.source)
        except UserError as error:
            return str(error)
    return None


def _is_output(path: Path) -> bool:
    """Return whether a path contains the repository or lies in an output folder, where DVC allows no inputs."""
    place, root = path.resolve(), Path.cwd()
    return root.is_relative_to(place) or any(place.is_relative_to(root / name) for name in OUTPUTS)


def _known_data(info: ValidationInfo) -> DataSet | None:
    """Return the data set that params.yaml selects, or None if the settings in `data` are invalid.

    Without `Hardware` as validation context, the user's own images are not read, and the result is None for them too.
    """
    data = info.data.get("data")
    return data.source if data and (not data.own or isinstance(info.context, Hardware)) else None


def _check_occlusion(noise: Section, dataset: DataSet) -> str | None:
    """Return an error message unless the occluding square is smaller than the shorter side of an image."""
    side, (_, height, width) = getattr(noise, "occlusion", 0), dataset.shape
    if side < min(height, width):
        return None
    return f"{side} pixels; must be smaller than the shorter side of the {width}×{height} images of {dataset.name}"


def _check_names(variants: Mapping[str, Variant]) -> Problems:
    names: dict[str, str] = {}
    if not variants:
        yield (), "there must be at least one variant"
    for name in variants:
        if (other := names.setdefault(name.lower(), name)) != name:
            yield (), f"{other} and {name} differ only in case, which some file systems ignore"


def _check_overrides(variants: Mapping[str, Variant], info: ValidationInfo) -> Problems:
    """Apply the overrides to all variants and yield any problems, such as invalid settings or insufficient memory."""
    blocks = {name: info.data[name].model_dump(exclude_none=True) for name in ("model", "train") if name in info.data}
    values = [f"{name}.{key}: {format_value(value)}" for name, block in blocks.items() for key, value in block.items()]
    prefix = f"with the overrides ({', '.join(values)}): " if values else ""
    for name, variant in variants.items():
        try:
            resolved = variant.with_overrides(blocks.get("model", {}).get("latent"), blocks.get("train"))
        except ValidationError as error:
            yield from (((name,), prefix + line) for line in messages(error, Variant))
            continue
        if (dataset := _known_data(info)) and (problem := _check_network(resolved, dataset, info)):
            yield (name, "network"), prefix + problem


def _check_network(variant: Variant, dataset: DataSet, info: ValidationInfo) -> str | None:
    """Return an error message if the network does not fit the images or needs too much memory, otherwise None."""
    try:
        variant.network.layers(dataset.shape)
    except ValueError as error:
        return str(error)
    if variant.pretrained and (problem := _check_pretrained(variant, dataset)):
        return problem
    return _check_memory(variant, dataset, info)


def _check_pretrained(variant: Variant, dataset: DataSet) -> str | None:
    """Return an error message unless the pretrained model exists and fits the network and the images."""
    path = PRETRAINED / str(variant.pretrained)
    if not path.is_file():
        return f"{path} does not exist; copy a model file there"
    try:
        model = models.load(path)
    except UserError as error:
        return str(error).partition(";")[0]
    there, here = (
        spec.model_dump(exclude={"beta", "dropout"}) for spec in (model.spec, variant.network.resolved(dataset.shape))
    )
    if differing := [key for key in there.keys() | here.keys() if there.get(key) != here.get(key)]:
        return f"{path} is a model of another network; {', '.join(sorted(differing))} differ"
    if model.image != dataset.shape:
        shapes = ["×".join(map(str, shape)) for shape in (model.image, dataset.shape)]
        return f"{path} is a model of images of {shapes[0]}; those of {dataset.name} are {shapes[1]}"
    return None


def _check_memory(
    variant: Variant, dataset: DataSet, info: ValidationInfo, batch_size: int | None = None
) -> str | None:
    """Return an error message if a training step needs more memory than the hardware has, otherwise None.

    The result is None for PCA or if no hardware is given. `batch_size` overrides the variant's batch size.
    """
    train, hardware = variant.train, info.context
    if not isinstance(hardware, Hardware) or train is None:
        return None
    encoder, decoder = variant.network.layers(dataset.shape)
    batch_size = min(batch_size or train.batch_size, dataset.training_images)
    weights = 4 * sum(layer.parameters for layer in (*encoder, *decoder))  # with gradients and Adam's two moments
    encoded, decoded = (sum(prod(layer.output) for layer in part) for part in (encoder, decoder))
    activations = 2 * batch_size * (encoded + variant.samples * decoded)  # with gradients
    pairs = 2 * batch_size**2 * variant.network.latent if LOSSES[variant.loss].pairwise else 0
    needed = 4 * (weights + activations + pairs)  # bytes, in float32
    if needed <= hardware.memory:
        return None
    return f"needs at least {needed / 1e9:,.1f} GB of memory; this machine has {hardware.memory / 1e9:,.1f} GB"


def _check_sgd(variants: Mapping[str, Variant], info: ValidationInfo) -> Problems:
    """Yield the problem, if any, that prevents the stage `sgd-variants` from training the variant `linear`.

    The stage ignores the overrides.
    """
    if SGD_VARIANT not in variants:
        yield (), f"{SGD_VARIANT} is missing; stage sgd-variants trains its network"
        return
    variant = variants[SGD_VARIANT]
    if not isinstance(variant.network, NetworkSpec):
        yield (SGD_VARIANT, "network", "kind"), "must be autoencoder, because stage sgd-variants trains this network"
    elif variant.network.batch_norm or variant.network.dropout or variant.loss_settings:
        yield (
            (SGD_VARIANT,),
            "must not use batch_norm, dropout or loss_settings, because stage sgd-variants trains this network",
        )
    elif "sgd_variants" in info.data and (dataset := _known_data(info)):
        images = info.data["sgd_variants"].images
        if _check_network(variant, dataset, info) is None and (
            problem := _check_memory(variant, dataset, info, batch_size=images)
        ):
            yield (SGD_VARIANT,), f"in stage sgd-variants it {problem}"


def _check_known(where: Location, names: Iterable[str], variants: Mapping[str, Variant]) -> Problems:
    """Yield a problem for each unknown variant name. If `variants` is empty due to an earlier error, yield nothing."""
    for name in names:
        if variants and name not in variants:
            yield where, f"{format_value(name)} is not a variant; known are {', '.join(variants)}"


def _check_grid(name: str, grid: Grid, variants: Mapping[str, Variant], info: ValidationInfo) -> Problem | None:
    """Return the first problem with a grid, if any, such as an unknown variant or an invalid combination of values."""
    where = ("grids", name)
    names = grid.variants or ()
    if unknown := next(_check_known((*where, "variants"), names, variants), None):
        return unknown
    if pretrained := [variant for variant in names if variant in variants and variants[variant].pretrained]:
        return (*where, "variants"), f"{pretrained[0]} starts from pretrained weights; a sweep does not"
    if unknown_data := [dataset for dataset in grid.datasets or () if dataset not in DATASETS]:
        message = f"known are {', '.join(DATASETS)}; leave datasets out for your own images"
        return (*where, "datasets"), f"{format_value(unknown_data[0])} is not a built-in data set; {message}"
    for built_in in grid.datasets or () if "noise" in info.data else ():
        if problem := _check_occlusion(info.data["noise"], DATASETS[built_in]):
            return (*where, "datasets"), f"noise.occlusion is {problem}"
    return _check_cells(where, grid, variants, info)


def _check_cells(where: Location, grid: Grid, variants: Mapping[str, Variant], info: ValidationInfo) -> Problem | None:
    """Return the first problem with a combination of values of a grid whose variants and data sets exist, if any."""
    known = DATASETS | {dataset.name: dataset for dataset in [_known_data(info)] if dataset}
    resolved = grid.resolved(info.data["data"].name) if "data" in info.data else grid
    from_scratch = tuple(variant for variant, settings in variants.items() if not settings.pretrained)
    for cell in resolved.cells(from_scratch) if variants else ():
        if cell.dataset not in known:  # own images that are not inspected
            continue
        variant, dataset = variants[cell.variant], known[cell.dataset]
        if grid.one_class and len(dataset.classes) < 2:
            return (*where, "one_class"), f"{dataset.name} has no labels; one_class needs classes"
        corruption = grid.corruption or variant.corruption
        if cell.sigma is not None and corruption != NOISE:
            return (*where, "sigma"), f"{cell.variant} has corruption {corruption}; sigma needs {NOISE}"
        try:
            applied = cell.apply(variant, dataset.training_images)
            problem = _check_network(applied, dataset, info)
            if grid.likelihood and getattr(applied.network, "code", None) != "gaussian":
                problem = problem or "likelihood needs code gaussian; list only such variants"
        except ValidationError as error:
            problem = messages(error, Variant)[0]
        if problem:
            return where, f"{cell.variant}: {problem}"
    return None
