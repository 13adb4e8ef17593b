"""What each stage is told of params.yaml, overrides merged: a file each, so that a change reruns just whom it concerns.

The stage `settings` writes these files once params.yaml is found valid as a whole, and all other stages follow from
it: bad settings are refused before DVC removes any result. The versions of the libraries that decide a stage's
numbers stand in its file too, so that a new torch trains anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from hourglass.corruptions import Corruption
from hourglass.errors import UserError
from hourglass.files import replacing
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec
from hourglass.schema import Section
from hourglass.settings.grids import SweepSpec
from hourglass.settings.params import (
    ClassifierSpec,
    LatentAnalysisSpec,
    Params,
    Pictures,
    SgdVariants,
    TrainSpec,
    Variant,
)
from hourglass.settings.validation import SGD_VARIANT

FOLDER = Path("settings")
TRAINED_WITH = ("torch",)
DIGITS = 16  # hexadecimal, of a hash
MEASURED_WITH = ("scikit-learn", "torch", "torchmetrics")

Libraries = dict[str, str]
Strengths = dict[str, int | float]


def hashed(*about: object) -> str:
    """The first digits of a SHA-256 of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:DIGITS]


class StageConfig(Section):
    """What one stage is told."""

    @classmethod
    def load(cls, name: str) -> Self:
        """Read `settings/<name>.json`, such as `download` or `train/linear`. Raises UserError where that cannot be."""
        path = FOLDER / f"{name}.json"
        try:
            found = cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.json")))
            if name.startswith("train/") and known:
                raise UserError(
                    f"there is no variant {path.stem!r}; there are {known} "
                    "(`dvc repro settings` takes new ones from params.yaml)"
                ) from None
            raise UserError(f"{path} is missing; `dvc repro settings` writes it from params.yaml") from None
        except ValidationError as error:
            why = error.errors()[0]["msg"]
            raise UserError(f"{path} is not what `dvc repro settings` writes ({why}); run that") from None
        _refuse_other_versions(path, getattr(found, "libraries", {}))
        return found


class DownloadConfig(StageConfig):
    dataset: str


class PreprocessConfig(StageConfig):
    """fresh: whether no corrupted copy of the training images is wanted. strengths: of all corruptions, by key."""

    seed: int
    dataset: str
    fresh: bool
    strengths: Strengths
    libraries: Libraries


class TrainConfig(StageConfig):
    """All that decides what a variant is trained to, but for the data and the code.

    strengths: of its corruption, by key. fresh_noise: whether that is drawn anew for every batch.
    """

    seed: int
    network: AnyNetworkSpec
    loss: str
    corruption: str
    strengths: Strengths
    fresh_noise: bool
    train: TrainSpec | None
    libraries: Libraries

    @classmethod
    def of(cls, variant: Variant, seed: int, strengths: Mapping[str, float], fresh: bool) -> Self:
        """The training of a variant as it stands. strengths: of all corruptions, at least of its own.

        fresh: whether noise is drawn anew for every batch.
        """
        return cls(
            seed=seed,
            network=variant.network,
            loss=variant.loss,
            corruption=variant.corruption,
            strengths=dict(Corruption.of(variant.corruption, strengths).strengths),
            fresh_noise=fresh or variant.corruption == "none",
            train=variant.train,
            libraries=_versions(TRAINED_WITH),
        )

    def but_for_seed(self) -> str:
        """A hash that trainings share which differ in their seed alone."""
        return hashed(self.model_dump(mode="json", exclude={"seed"}))


class ClassifierConfig(StageConfig):
    seed: int
    classifier: ClassifierSpec
    libraries: Libraries


class BaselinesConfig(StageConfig):
    """latent_dims: of the PCAs and linear maps that variants are measured against."""

    seed: int
    latent_dims: tuple[int, ...]
    libraries: Libraries


class EvaluateConfig(StageConfig):
    """seed: of the corruption of training images."""

    seed: int
    libraries: Libraries


class LatentAnalysisConfig(StageConfig):
    seed: int
    latent_analysis: LatentAnalysisSpec
    libraries: Libraries


class SgdConfig(StageConfig):
    """network, loss: of the variant that is trained in three ways."""

    seed: int
    dataset: str
    network: NetworkSpec
    loss: str
    sgd: SgdVariants
    libraries: Libraries


class SweepDataConfig(StageConfig):
    """classifier: how that of each data set is trained."""

    seed: int
    datasets: tuple[str, ...]
    classifier: ClassifierSpec
    libraries: Libraries


class SweepConfig(StageConfig):
    """seed: of what networks are tested on. strengths: of all corruptions, by key. variants: in grids, no overrides.

    classifier: how that of each data set is trained.
    """

    seed: int
    strengths: Strengths
    fresh: bool
    classifier: ClassifierSpec
    variants: dict[str, Variant]
    sweep: SweepSpec
    libraries: Libraries


class SweepPicturesConfig(StageConfig):
    """places: of the variants in grids, among all in params.yaml, from 0: their colours follow from them."""

    places: dict[str, int]


class PicturesConfig(StageConfig):
    pictures: Pictures


class CompareConfig(StageConfig):
    """overrides: in the order of params.yaml, as the variants."""

    dataset: str
    overrides: dict[str, int | float | str]
    seed: int
    strengths: Strengths
    variants: tuple[str, ...]

    @property
    def run(self) -> str:
        """What was run, such as `mnist latent=2`."""
        return self.named(self.dataset)

    def named(self, what: str) -> str:
        """A data set or a variant with the overrides, which tell this run from others: `linear latent=2`."""
        return " ".join([what, *(f"{key}={value}" for key, value in self.overrides.items())])


def resolved(params: Params) -> dict[str, StageConfig]:
    """What every stage is told, by the names of `StageConfig.load`."""
    trained = {name: params.variant(name) for name in params.variants}
    trainings = {
        f"train/{name}": TrainConfig.of(variant, params.seed, params.strengths(), params.fresh())
        for name, variant in trained.items()
    }
    networks = [variant.network for variant in trained.values()]
    # a softmax of ten numbers has nine that are free, a softmax of one has none and the mean image for a yardstick
    sizes = sorted({size for network in networks for size in (network.latent, network.free_numbers) if size})
    return {
        "download": DownloadConfig(dataset=params.data.dataset),
        "preprocess-noise": PreprocessConfig(
            seed=params.seed,
            dataset=params.data.dataset,
            fresh=params.fresh(),
            strengths=params.strengths(),
            libraries=_versions(TRAINED_WITH),
        ),
        "classifier": ClassifierConfig(
            seed=params.seed, classifier=params.classifier, libraries=_versions(TRAINED_WITH)
        ),
        "baselines": BaselinesConfig(seed=params.seed, latent_dims=tuple(sizes), libraries=_versions(MEASURED_WITH)),
        **trainings,
        "evaluate": EvaluateConfig(seed=params.seed, libraries=_versions(MEASURED_WITH)),
        "latent-analysis": LatentAnalysisConfig(
            seed=params.seed, latent_analysis=params.latent_analysis, libraries=_versions(MEASURED_WITH)
        ),
        "sgd-variants": _sgd(params),
        "pictures": PicturesConfig(pictures=params.pictures),
        "compare": CompareConfig(
            dataset=params.data.dataset,
            overrides=params.overrides(),
            seed=params.seed,
            strengths=params.strengths(),
            variants=tuple(trained),
        ),
        "sweep-data": SweepDataConfig(
            seed=params.seed,
            datasets=params.sweep.datasets,
            classifier=params.classifier,
            libraries=_versions(TRAINED_WITH),
        ),
        "sweep-pictures": SweepPicturesConfig(
            places={name: place for place, name in enumerate(params.variants) if params.sweep.uses(name)}
        ),
        "sweep": SweepConfig(
            seed=params.seed,
            strengths=params.strengths(),
            fresh=params.fresh(),
            classifier=params.classifier,
            variants={name: variant for name, variant in params.variants.items() if params.sweep.uses(name)},
            sweep=params.sweep,
            libraries=_versions(MEASURED_WITH),
        ),
    }


def _sgd(params: Params) -> SgdConfig:
    """As params.yaml describes the variant: overrides are not for this stage."""
    variant = params.variants[SGD_VARIANT]
    assert isinstance(variant.network, NetworkSpec)  # Params sees to it
    return SgdConfig(
        seed=params.seed,
        dataset=params.data.dataset,
        network=variant.network,
        loss=variant.loss,
        sgd=params.sgd_variants,
        libraries=_versions(TRAINED_WITH),
    )


def _versions(libraries: Iterable[str]) -> Libraries:
    # what is built for one kind of machine has the same number before a `+`
    return {name: version(name).partition("+")[0] for name in libraries}


def _refuse_other_versions(path: Path, libraries: Libraries) -> None:
    for name, installed in _versions(libraries).items():
        if installed != libraries[name]:
            raise UserError(
                f"{path} is for {name} {libraries[name]}, but {installed} is installed; install the one in "
                "requirements.txt, or run `dvc repro --force settings` to run everything anew under this one"
            )


def write(found: Mapping[str, StageConfig], folder: Path = FOLDER) -> None:
    """Write the files that changed, and remove those of stages that are no more."""
    for name, settings in found.items():
        path, text = folder / f"{name}.json", json.dumps(settings.model_dump(mode="json"), indent=2) + "\n"
        if not path.exists() or path.read_bytes() != text.encode():
            with replacing(path) as part:
                part.write_bytes(text.encode())
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).with_suffix("").as_posix() not in found:
            path.unlink()
