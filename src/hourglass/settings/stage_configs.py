"""Settings of each stage, resolved from params.yaml and saved as one JSON file per stage.

The `settings` stage validates all of params.yaml and then writes the JSON files, on which all other stages depend.
Invalid settings are therefore rejected before DVC removes any output, and a changed setting reruns only the stages that
use it. Each file also records the versions of libraries that affect the results of its stage.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field as Setting
from pydantic import ValidationError

from hourglass.corruptions import CORRUPTIONS, Corruption
from hourglass.datasets import DATASETS, DataSet, find
from hourglass.errors import UserError
from hourglass.files import replacing, sha256
from hourglass.images import Shape
from hourglass.models.codes import CODE_KINDS
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec, PcaSpec
from hourglass.paths import PRETRAINED
from hourglass.schema import Section, Value, optional
from hourglass.settings.grids import SweepSpec
from hourglass.settings.params import (
    SGD_VARIANT,
    ClassifierSpec,
    LatentAnalysisSpec,
    LearningRates,
    Params,
    Pictures,
    SgdVariants,
)
from hourglass.settings.variant import TrainSpec, Variant

FOLDER = Path("settings")
HASH_DIGITS = 16

Strengths = dict[str, int | float]


def _versions(*libraries: str) -> dict[str, str]:
    # builds for different hardware share the version before the `+`
    return {name: version(name).partition("+")[0] for name in libraries}


TrainingLibraries = Annotated[dict[str, str], Setting(default_factory=partial(_versions, "torch"))]
EvaluationLibraries = Annotated[
    dict[str, str], Setting(default_factory=partial(_versions, "scikit-learn", "torch", "torchmetrics"))
]
"""Library versions, keyed by library name. The installed versions are the default."""


def short_hash(*values: object) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 hash of JSON-serialisable values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]


class StageConfig(Section):
    """Base class for the settings of one stage, stored as `settings/<name>.json`.

    An optional field `libraries` holds the library versions that the stage requires.
    """

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Self:
        """Create the settings from `values`, keyed by field name. Keys that are not fields of the class are ignored.

        The field `libraries` is always set to the installed versions.
        """
        return cls(**{name: values[name] for name in cls.model_fields if name != "libraries"})

    @classmethod
    def load(cls, name: str) -> Self:
        """Load the settings from `settings/<name>.json`.

        Raises:
            UserError: if the file is missing or invalid, or if an installed library differs from the required version.
        """
        path = FOLDER / f"{name}.json"
        try:
            config = cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            variants = ", ".join(sorted(file.stem for file in path.parent.glob("*.json")))
            message = f"{path} is missing; run `dvc repro settings`"
            if name.startswith("train/") and variants:
                message = f"unknown variant {path.stem!r}; known are {variants}"
                message += " (`dvc repro settings` adds new variants of params.yaml)"
            raise UserError(message) from None
        except ValidationError as error:
            raise UserError(f"{path} is invalid ({error.errors()[0]['msg']}); run `dvc repro settings`") from None
        libraries: dict[str, str] = getattr(config, "libraries", {})
        for library, installed in _versions(*libraries).items():
            if installed != libraries[library]:
                raise UserError(
                    f"{path} requires {library} {libraries[library]}, but {installed} is installed; install "
                    "requirements.txt, or run `dvc repro --force settings` to rerun everything with the installed "
                    "version"
                )
        return config


class DownloadConfig(StageConfig):
    """Settings of the stage `download`. `path`, `size` and `channels` apply only to the user's own images."""

    dataset: str
    path: str = optional("")
    size: int | None = optional(None)
    channels: int | None = optional(None)

    def data_set(self) -> DataSet:
        """Return the data set. Raises UserError if the user's own images are selected but unusable."""
        return find(self.dataset, Path(self.path), self.size, self.channels)


class PreprocessConfig(StageConfig):
    """Settings of the stage `preprocess-noise`, including the strengths of all corruptions."""

    seed: int
    dataset: str
    fresh: bool
    strengths: Strengths
    libraries: TrainingLibraries


class Pretrained(Section):
    """Name and SHA-256 of the model file in the folder `pretrained` that provides the initial weights."""

    file: str
    sha256: str


class TrainConfig(StageConfig):
    """Settings of one training run. Together with data and code, they determine the trained model."""

    seed: int  # of weights, shuffling, corruption and sampled codes
    network: AnyNetworkSpec
    loss: str
    loss_settings: dict[str, Value] = optional({})
    corruption: str
    strengths: Strengths  # of that corruption
    fresh_noise: bool  # whether the corruption is drawn again for every batch
    train: TrainSpec | None  # None for PCA
    pretrained: Pretrained | None = optional(None)
    libraries: TrainingLibraries

    @classmethod
    def of(cls, variant: Variant, image: Shape, seed: int, strengths: Mapping[str, float], fresh: bool) -> Self:
        """Create the settings to train a variant on images of shape `image`. `variant` must include all overrides.

        `strengths` must contain all strengths of the variant's corruption. If `fresh` is true, new noise is drawn for
        every batch.
        """
        values = dict(variant)
        values["network"] = variant.network.resolved(image)
        values["strengths"] = dict(Corruption.of(variant.corruption, strengths).strengths)
        if variant.pretrained:
            values["pretrained"] = Pretrained(file=variant.pretrained, sha256=sha256(PRETRAINED / variant.pretrained))
        return cls.of_values({**values, "seed": seed, "fresh_noise": fresh or variant.corruption == "none"})

    def hash_without_seed(self) -> str:
        """Return a hash of all settings except the seed."""
        return short_hash(self.model_dump(mode="json", exclude={"seed"}))

    def hash_of_pairing(self) -> str | None:
        """Return a hash of the network and training settings, or None for PCA.

        Two runs with the same data, seed and hash have the same initial weights and batch order.
        """
        fields = {"network", "train", "pretrained"}
        return short_hash(self.model_dump(mode="json", include=fields)) if self.train else None

    def describe(self) -> str:
        """Return a one-line description, such as `convolutional · 6 latent dimensions · clean images · 60 epochs`."""
        if isinstance(self.network, PcaSpec):
            kind, code = "principal components", ""
        else:
            kind = "convolutional" if self.network.encoder.convolutions else "fully connected"
            code = CODE_KINDS[self.network.code].description and f", {CODE_KINDS[self.network.code].description}"
        clean = self.corruption == "none"
        images = "clean images" if clean else f"images with {CORRUPTIONS[self.corruption].description}"
        parts = [kind, _plural(self.network.latent, "latent dimension") + code, images]
        if self.train is not None:
            parts.append(_plural(self.train.epochs, "epoch"))
        if self.pretrained is not None:
            parts.append(f"starts from {self.pretrained.file}")
        return " · ".join(parts)


class ClassifierConfig(StageConfig):
    """Settings of the stage `classifier`."""

    seed: int
    classifier: ClassifierSpec
    libraries: TrainingLibraries


class BaselinesConfig(StageConfig):
    """Settings of the stage `baselines`, including the latent dimensions for which PCA and linear maps are fitted."""

    seed: int
    latent_dims: tuple[int, ...]
    libraries: EvaluationLibraries


class EvaluateConfig(StageConfig):
    """Settings of the stage `evaluate`."""

    seed: int
    libraries: EvaluationLibraries


class LatentAnalysisConfig(StageConfig):
    """Settings of the stage `latent-analysis`."""

    seed: int
    latent_analysis: LatentAnalysisSpec
    libraries: EvaluationLibraries


class SgdConfig(StageConfig):
    """Settings of the stage `sgd-variants`, including the network and loss of the variant `linear` before overrides."""

    seed: int
    dataset: str
    network: NetworkSpec
    loss: str
    sgd: SgdVariants[LearningRates]
    libraries: TrainingLibraries


class PicturesConfig(StageConfig):
    """Settings of the stage `pictures`."""

    pictures: Pictures


class CompareConfig(StageConfig):
    """Settings of the stage `compare`.

    `overrides` holds the settings that params.yaml sets for all variants at once. `variants` holds the names of all
    variants in the order of params.yaml. `sheets` maps each exercise sheet to its variants, which share a panel in
    figures.
    """

    dataset: str
    overrides: dict[str, int | float | str]
    seed: int
    strengths: Strengths
    variants: tuple[str, ...]
    sheets: dict[str, list[str]] = Setting(default_factory=dict)

    @property
    def run(self) -> str:
        """Name of the run: the data set followed by the overrides of all variants, such as `mnist latent=2`."""
        return self.named(self.dataset)

    def named(self, name: str) -> str:
        """Return `name` followed by the overrides that apply to all variants, such as `linear latent=2`."""
        return " ".join([name, *(f"{key}={value}" for key, value in self.overrides.items())])


class SweepDataConfig(StageConfig):
    """Settings of `stages.sweep_data`, which prepares images and a classifier for each data set in the sweep."""

    seed: int
    datasets: dict[str, DownloadConfig]
    classifier: ClassifierSpec
    libraries: TrainingLibraries


class TrainingImages(Section):
    """Number and shape of a data set's training images, and its number of classes."""

    count: int
    shape: Shape
    classes: int


class SweepConfig(StageConfig):
    """Settings of the sweep, including the variants that its grids use. The sweep ignores overrides.

    `variants` excludes variants with pretrained weights. In grids for which params.yaml lists no data sets, the data
    set of the pipeline is filled in. `images` is keyed by data set.
    """

    seed: int
    images: dict[str, TrainingImages]
    strengths: Strengths
    fresh: bool
    classifier: ClassifierSpec
    variants: dict[str, Variant]
    sweep: SweepSpec
    libraries: EvaluationLibraries


# all but download, train and sweep
STAGES: dict[str, type[StageConfig]] = {
    "preprocess-noise": PreprocessConfig,
    "classifier": ClassifierConfig,
    "baselines": BaselinesConfig,
    "evaluate": EvaluateConfig,
    "latent-analysis": LatentAnalysisConfig,
    "sgd-variants": SgdConfig,
    "pictures": PicturesConfig,
    "compare": CompareConfig,
    "sweep-data": SweepDataConfig,
}


def resolve(params: Params) -> dict[str, StageConfig]:
    """Return the settings of all stages, keyed by file name without suffix, such as `train/linear`.

    The overrides in `params` are applied to all stages except `sgd-variants` and the sweep.
    """
    image, variants = params.data.shape, {name: params.variant(name) for name in params.variants}
    in_sweep = [name for name in params.variants if params.sweep.uses(name) and not params.variants[name].pretrained]
    sweep, known = params.sweep.resolved(params.data.name), DATASETS | {params.data.name: params.data.source}
    dims = {dim for variant in variants.values() for dim in (variant.network.latent, variant.network.free_dims)}
    values = dict(params) | {
        "dataset": params.data.name,
        "fresh": params.fresh(),
        "strengths": params.strengths(),
        "overrides": params.overrides(),
        "variants": tuple(variants),
        "latent_dims": tuple(sorted(dims - {0})),
        "network": params.variants[SGD_VARIANT].network.resolved(image),
        "loss": params.variants[SGD_VARIANT].loss,
        "sgd": params.sgd_variants.resolved(params.data.name),
        "sweep": sweep,
        "datasets": {name: DownloadConfig(dataset=name) for name in sweep.datasets},
        "images": {
            name: TrainingImages(
                count=known[name].training_images, shape=known[name].shape, classes=len(known[name].classes)
            )
            for name in sweep.datasets
        },
    }
    own_images = params.data.model_dump(exclude={"dataset"}) if params.data.own else {}
    download = DownloadConfig(dataset=params.data.dataset, **own_images)
    if params.data.name in sweep.datasets:
        values["datasets"][params.data.name] = download
    configs = {name: config.of_values(values) for name, config in STAGES.items()} | {"download": download}
    configs["sweep"] = SweepConfig.of_values({**values, "variants": {name: params.variants[name] for name in in_sweep}})
    for name, variant in variants.items():
        configs[f"train/{name}"] = TrainConfig.of(variant, image, params.seed, params.strengths(), params.fresh())
    return configs


def write(configs: Mapping[str, StageConfig], folder: Path = FOLDER) -> None:
    """Write all settings files whose content has changed, and delete the files of stages that no longer exist."""
    for name, config in configs.items():
        path, text = folder / f"{name}.json", json.dumps(config.model_dump(mode="json"), indent=2) + "\n"
        if not path.exists() or path.read_bytes() != text.encode():
            with replacing(path) as part:
                part.write_bytes(text.encode())
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).with_suffix("").as_posix() not in configs:
            path.unlink()


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
