"""Hyperparameter grids of a sweep, as defined in the `sweep` block of params.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

from hourglass.corruptions import CORRUPTIONS
from hourglass.losses import LOSSES
from hourglass.models.spec import Code
from hourglass.schema import Count, Section, Seed, Strength, one_of, optional
from hourglass.settings.variant import Variant

NOISE = "gaussian"  # the corruption whose strength a grid can set
NOISE_RANGE = "gaussian_range"

Sigma = float | tuple[float, float]
"""Standard deviation of Gaussian noise on pixels in [0, 1], or the range from which it is drawn for each image."""


def _not_empty(values: tuple[object, ...] | None) -> tuple[object, ...] | None:
    # pydantic's min_length counts valid items only and reports an invalid one twice
    if values is not None and not values:
        raise PydanticCustomError("empty", "Input should list at least one value")
    return values


@dataclass(frozen=True)
class Cell:
    """One combination of values from a grid, without the seed. A value of None keeps the setting in params.yaml."""

    dataset: str
    variant: str
    latent: int | None
    sigma: Sigma | None
    grid: "Grid"

    def apply(self, variant: Variant, training_images: int) -> Variant:
        """Return a copy of `variant` with the settings of this cell and its grid.

        The noise level is not part of a variant and is not applied. If `sigma` is a range, the corruption becomes
        `gaussian_range`. If `latent` is set, dense layers narrower than the code are widened to the latent dimension,
        so that the code stays the bottleneck. A new loss or code has its default settings.

        Args:
            variant: variant from params.yaml.
            training_images: number of training images, used to convert updates to epochs.

        Raises:
            ValidationError: if the result is invalid.
        """
        grid = self.grid
        values = variant.model_dump() | grid.model_dump(include={"loss", "corruption"}, exclude_none=True)
        if values["loss"] != variant.loss:
            values["loss_settings"] = {}
        network = values["network"]
        if isinstance(self.sigma, tuple):
            values["corruption"] = NOISE_RANGE
        if grid.code not in (None, network.get("code")):
            network |= {"code": grid.code, "code_settings": {}}
        if self.latent is not None:
            network["latent"] = self.latent
            for part in filter(None, (network.get("encoder"), network.get("decoder"))):
                part["dense"] = tuple(max(width, self.latent) for width in part["dense"])
        if variant.train and grid.updates:
            images = training_images - variant.train.held_out(training_images)
            values["train"]["epochs"] = ceil(grid.updates / ceil(images / variant.train.batch_size))
        elif variant.train and grid.epochs:
            values["train"]["epochs"] = grid.epochs
        return Variant.model_validate(values)


class Grid(Section):
    """Grid of runs, one per combination of the listed values. All other settings keep each variant's own values."""

    # built-in data sets; None for that of the pipeline, which can be the user's own images
    datasets: Annotated[tuple[str, ...] | None, AfterValidator(_not_empty)] = None
    variants: tuple[str, ...] | None = None  # None for all
    latent: tuple[Count, ...] = ()
    sigma: tuple[Strength, ...] = ()  # standard deviations of the Gaussian training noise
    sigma_range: tuple[Strength, Strength] | None = None  # one more value of sigma: drawn for every image
    seeds: Annotated[tuple[Seed, ...], AfterValidator(_not_empty)]  # PCA, which draws nothing, uses the first
    epochs: Count | None = None
    updates: Count | None = None  # in the place of epochs: as many as contain this number of updates of the weights
    loss: Annotated[str, one_of(LOSSES)] | None = None
    code: Code | None = None
    corruption: Annotated[str, one_of(CORRUPTIONS)] | None = None
    one_class: bool = False  # one run for each class, trained on its images only
    # importance samples per test image, to estimate −log p; all variants need code gaussian
    likelihood: Annotated[int, Setting(ge=1, le=1_000_000)] | None = optional(None)

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        for name in ("datasets", "variants", "latent", "sigma", "seeds"):
            values = getattr(self, name) or ()
            if len(set(values)) < len(values):
                raise ValueError(f"{name} lists a value twice")
        if len(self.latent) > 1 and len(self.sigmas) > 1:
            raise ValueError("several values of both latent and sigma; use one grid for each")
        if self.sigma_range and self.sigma_range[0] > self.sigma_range[1]:
            raise ValueError("sigma_range must list its lower end first")
        if self.epochs and self.updates:
            raise ValueError("epochs and updates are both set; remove one")
        if self.one_class and self.updates:
            raise ValueError("one_class and updates are both set; set epochs, because the classes differ in size")
        if self.one_class and self.likelihood:
            raise ValueError("one_class and likelihood are both set; use one grid for each")
        return self

    @property
    def overrides(self) -> bool:
        """Whether the grid sets anything other than data sets, variants and seeds."""
        return bool(self.model_dump(exclude={"datasets", "variants", "seeds"}, exclude_defaults=True))

    @property
    def sigmas(self) -> tuple[Sigma, ...]:
        """Standard deviations of the Gaussian training noise: the values of `sigma`, then `sigma_range` if it is set.

        If there are none, `noise.sigma` in params.yaml applies.
        """
        return (*self.sigma, *([self.sigma_range] if self.sigma_range else []))

    def resolved(self, dataset: str) -> Self:
        """Return the grid itself if it lists data sets, otherwise a copy that lists only `dataset`."""
        return self if self.datasets else self.model_copy(update={"datasets": (dataset,)})

    def cells(self, variants: tuple[str, ...]) -> Iterator[Cell]:
        """Yield one cell per combination of data set, variant, latent dimension and noise level.

        `variants` is used if the grid lists no variants. A grid without data sets has no cells (see `resolved`).
        """
        names = variants if self.variants is None else self.variants
        for combination in product(self.datasets or (), names, self.latent or (None,), self.sigmas or (None,)):
            yield Cell(*combination, self)


class Resources(Section):
    """CPU threads and GPUs per trial. With `gpus: 0.25`, four trials share a GPU."""

    cpus: Annotated[int, Setting(ge=1, le=1024)]
    gpus: Annotated[float, Setting(ge=0, le=64, allow_inf_nan=False)]


class SweepSpec(Section):
    """Settings of a sweep: resources per trial, retries, noise levels of the test images, and grids."""

    resources: Resources
    retries: Annotated[int, Setting(ge=0, le=100)]  # of a trial whose process or machine is lost
    noise: tuple[Strength, ...]  # standard deviations of the noise under which every model is evaluated
    grids: dict[str, Grid]

    def resolved(self, dataset: str) -> Self:
        """Return a copy in which every grid that lists no data sets uses `dataset`."""
        return self.model_copy(update={"grids": {name: grid.resolved(dataset) for name, grid in self.grids.items()}})

    @property
    def datasets(self) -> tuple[str, ...]:
        """Names of the data sets in all grids, without duplicates."""
        return tuple(dict.fromkeys(dataset for grid in self.grids.values() for dataset in grid.datasets or ()))

    def uses(self, variant: str) -> bool:
        """Return whether any grid includes the variant."""
        return any(grid.variants is None or variant in grid.variants for grid in self.grids.values())
