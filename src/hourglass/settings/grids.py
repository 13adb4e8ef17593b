"""What a sweep trains: the `sweep` block of params.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, model_validator
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

from hourglass.datasets import DATASETS
from hourglass.schema import Count, Section, Seed, Strength, one_of

if TYPE_CHECKING:
    from hourglass.settings.params import Variant

NOISE = "gaussian"  # the corruption whose strength a grid may set
NOISE_OVER_A_RANGE = "gaussian_range"

Sigma = float | tuple[float, float]
"""Of Gaussian noise, pixels in [0, 1]: one standard deviation, or the two between which it is drawn for every image."""


def _some(listed: tuple[object, ...]) -> tuple[object, ...]:
    # pydantic's own least length counts the valid entries alone, and complains of a wrong one twice
    if not listed:
        raise PydanticCustomError("nothing_listed", "Input should list at least 1")
    return listed


@dataclass(frozen=True)
class Cell:
    """One place in a grid, but for its seed. latent, sigma, epochs: None for the variant's own."""

    dataset: str
    variant: str
    latent: int | None
    sigma: Sigma | None
    epochs: int | None


class Grid(Section):
    """Trainings: one for every combination of what is listed.

    variants: all where null. latent: code sizes, each variant's own where empty. sigma: strengths of the Gaussian noise
    that is trained with, that of the block `noise` where empty; sigma_range: one more, drawn for every image between
    the two. epochs: each variant's own where null.
    """

    datasets: Annotated[tuple[Annotated[str, one_of(DATASETS)], ...], AfterValidator(_some)]
    variants: tuple[str, ...] | None = None
    latent: tuple[Count, ...] = ()
    sigma: tuple[Strength, ...] = ()
    sigma_range: tuple[Strength, Strength] | None = None
    seeds: Annotated[tuple[Seed, ...], AfterValidator(_some)]
    epochs: Count | None = None

    @model_validator(mode="after")
    def _is_one_grid(self) -> "Grid":
        for name in ("datasets", "variants", "latent", "sigma", "seeds"):
            listed = getattr(self, name) or ()
            if len(set(listed)) < len(listed):
                raise ValueError(f"{name} lists the same twice")
        if len(self.latent) > 1 and len(self.sigmas) > 1:
            raise ValueError("it has several code sizes and several strengths of noise; make two grids of it")
        if self.sigma_range and self.sigma_range[0] > self.sigma_range[1]:
            raise ValueError("sigma_range has its lower end last")
        return self

    @property
    def sigmas(self) -> tuple[Sigma, ...]:
        """What is trained with; empty for the block `noise`."""
        return (*self.sigma, *([self.sigma_range] if self.sigma_range else []))

    def cells(self, variants: tuple[str, ...]) -> Iterator[Cell]:
        """All places, in the order of the lists. variants: of params.yaml."""
        names = variants if self.variants is None else self.variants
        for place in product(self.datasets, names, self.latent or (None,), self.sigmas or (None,)):
            yield Cell(*place, self.epochs)


class Resources(Section):
    """What one trial is given: threads, and a GPU or a share of one, such as 0.25 for four trials on one."""

    cpus: Annotated[int, Setting(ge=1, le=1024)]
    gpus: Annotated[float, Setting(ge=0, le=64, allow_inf_nan=False)]


class SweepSpec(Section):
    """retries: of a trial whose process or machine is lost. noise: strengths under which all networks are measured."""

    resources: Resources
    retries: Annotated[int, Setting(ge=0, le=100)]
    noise: tuple[Strength, ...]
    grids: dict[str, Grid]

    @property
    def datasets(self) -> tuple[str, ...]:
        """All that the grids name, once each."""
        return tuple(dict.fromkeys(dataset for grid in self.grids.values() for dataset in grid.datasets))

    def uses(self, variant: str) -> bool:
        """Whether it stands in any grid."""
        return any(grid.variants is None or variant in grid.variants for grid in self.grids.values())


def in_cell(variant: "Variant", cell: Cell) -> "Variant":
    """What stands in a place of a grid. Raises ValidationError where that is none."""
    changed = {} if cell.epochs is None else {"epochs": cell.epochs}
    corruption = NOISE_OVER_A_RANGE if isinstance(cell.sigma, tuple) else variant.corruption
    return overridden(variant.model_copy(update={"corruption": corruption}), cell.latent, changed)


def overridden(variant: "Variant", latent: int | None, train: Mapping[str, object]) -> "Variant":
    """A variant, its values replaced. Raises ValidationError where that is none.

    latent: code size, None for its own. train: settings of its training; of no use to a closed form.
    """
    merged = variant.model_dump()
    if latent is not None:
        merged["network"]["latent"] = latent
    if merged["train"] is not None:
        merged["train"] |= train
    return type(variant).model_validate(merged)
