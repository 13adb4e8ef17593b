"""Whether settings fit each other and the machine: what can be said of several of them only together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError, ValidationInfo

from hourglass.datasets import DATASETS
from hourglass.datasets.registry import DataSet
from hourglass.models.spec import NetworkSpec
from hourglass.settings import memory
from hourglass.settings.error_messages import Location, lines, shown
from hourglass.settings.grids import NOISE, SweepSpec, in_cell, overridden

if TYPE_CHECKING:
    from hourglass.settings.params import ClassifierSpec, Variant

SGD_VARIANT = "linear"  # whose network the stage sgd-variants trains

Problems = Iterator[tuple[Location, str]]
"""Where, below the settings that are looked at, and what is wrong there."""


@dataclass(frozen=True)
class Machine:
    """What settings are held against. memory: bytes that its processes may hold. cuda: whether torch finds a GPU."""

    memory: int
    cuda: bool


def of_names(names: list[str]) -> Problems:
    """Two variants may not have the same files."""
    known: dict[str, str] = {}
    for name in names:
        like = known.setdefault(name.lower(), name)
        if like != name:
            yield (), f"{like} and {name} differ in upper and lower case alone, which not every disk tells apart"


def of_classifier(classifier: "ClassifierSpec", info: ValidationInfo) -> Problems:
    """info: where other settings are, as far as they are valid, and the machine."""
    if (given := _machine_and_data(info)) is not None:
        machine, data = given
        if why := memory.beyond([memory.of_classifier(classifier.batch_size, data.training_images)], machine.memory):
            yield (), f"it {why}"


def of_variants(variants: "Mapping[str, Variant]", info: ValidationInfo) -> Problems:
    """Each variant with the overrides, and on the machine."""
    given = _machine_and_data(info)
    for name, variant in variants.items():
        try:
            trained = overridden(variant, *_overrides(info))
        except ValidationError as error:
            yield from (((name,), f"{_with_overrides(info)}, {line}") for line in lines(error, type(variant)))
            continue
        if given is not None and (why := _beyond(trained, *given)):
            yield (name,), f"{'' if trained == variant else _with_overrides(info) + ', '}it {why}"


def _beyond(variant: "Variant", machine: Machine, data: DataSet) -> str | None:
    """Why a variant cannot be trained and measured on the machine."""
    network, train = variant.network, variant.train
    if not isinstance(network, NetworkSpec) or train is None:
        return None
    needs = [
        memory.of_training(network, train.batch_size, train.epochs, data),
        memory.of_measuring(network),
        memory.of_codes(network.latent, data.training_images),
    ]
    return memory.beyond(needs, machine.memory)


def of_descent(variants: "Mapping[str, Variant]", info: ValidationInfo) -> Problems:
    """What the stage sgd-variants trains, which overrides are not for."""
    if SGD_VARIANT not in variants:
        yield (), f"{SGD_VARIANT} is missing, whose network sgd-variants trains; there are {', '.join(variants)}"
        return
    network = variants[SGD_VARIANT].network
    if not isinstance(network, NetworkSpec):
        text = f"sgd-variants trains this network too, so it has to be an autoencoder: {network.kind} has no gradients"
        yield (SGD_VARIANT, "network", "kind"), text
    elif (given := _machine_and_data(info)) is not None and "sgd_variants" in info.data:
        machine, data = given
        need = memory.of_descent(network, min(info.data["sgd_variants"].images, data.training_images))
        if why := memory.beyond([need], machine.memory):
            yield (SGD_VARIANT,), f"in sgd-variants it {why}"


def of_sweep(sweep: SweepSpec, info: ValidationInfo) -> Problems:
    """What each grid makes of the variants, and on the machine."""
    variants: Mapping[str, Variant] = info.data.get("variants", {})
    for name, grid in sweep.grids.items() if variants else ():
        where = ("grids", name)
        unknown = [variant for variant in grid.variants or () if variant not in variants]
        if unknown:
            yield (*where, "variants"), f"{shown(unknown[0])} is no variant; there are {', '.join(variants)}"
            continue
        for cell in grid.cells(tuple(variants)):
            variant = variants[cell.variant]
            if cell.sigma is not None and variant.corruption != NOISE:
                text = f"{cell.variant} is trained with the corruption {variant.corruption}, and sigma is for {NOISE}"
                yield (*where, "sigma"), text
                break
            try:
                placed = in_cell(variant, cell)
            except ValidationError as error:
                yield from ((where, f"{cell.variant}: {line}") for line in lines(error, type(variant)))
                break
            machine = info.context
            if isinstance(machine, Machine) and (why := _beyond(placed, machine, DATASETS[cell.dataset])):
                yield where, f"{cell.variant} {why}"
                break


def _overrides(info: ValidationInfo) -> tuple[int | None, dict[str, object]]:
    """The overrides that are not null, as far as they are valid: of the code size and of trainings."""
    model, train = info.data.get("model"), info.data.get("train")
    return getattr(model, "latent", None), {} if train is None else train.model_dump(exclude_none=True)


def _with_overrides(info: ValidationInfo) -> str:
    """The overrides that are not null, as far as they are valid."""
    blocks = {name: info.data[name].model_dump(exclude_none=True) for name in ("model", "train") if name in info.data}
    said = [f"{name}.{key}: {shown(value)}" for name, block in blocks.items() for key, value in block.items()]
    return f"with the overrides ({', '.join(said)})"


def _machine_and_data(info: ValidationInfo) -> tuple[Machine, DataSet] | None:
    """Where both are known, the machine and the data set."""
    if isinstance(info.context, Machine) and "data" in info.data:
        return info.context, DATASETS[info.data["data"].dataset]
    return None
