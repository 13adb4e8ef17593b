"""Records on disk: numbers as JSON, tensors as safetensors."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Self, get_args, get_origin

from jaxtyping import jaxtyped
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors, write_json


class Part(BaseModel):
    """Numbers within a record."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Record(Part):
    """Numbers, as a JSON file. stage: that writes it; where it is of one variant, the file is named for that.

    headlines: those, by flatten name, that say most; MLflow lists them alone.
    """

    stage: ClassVar[str]
    headlines: ClassVar[tuple[str, ...]] = ()

    def save(self, path: Path) -> None:
        """Write the record; the file appears whole or not at all. Refuses NaN."""
        write_json(path, self.model_dump(exclude_none=True))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        made = f"`dvc repro {_target(cls.stage, path)}` makes it"
        try:
            content = json.loads(path.read_text(encoding="utf-8"), parse_float=_finite, parse_constant=_finite)
            return cls.model_validate(content)
        except FileNotFoundError:
            raise UserError(f"{path} is missing; {made}") from None
        except (ValueError, RecursionError) as error:
            raise UserError(
                f"{path} is no record of stage {cls.stage} ({_why(error)}); delete it: {made} anew"
            ) from None


def flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """The numbers among nested figures, under flatten names; without slashes, at which MLflow's pages part them."""
    found: dict[str, float] = {}
    for name, value in content.items():
        key = f"{prefix}{name}".replace("/", "_")
        if isinstance(value, Mapping):
            found |= flat(value, f"{key}.")
        elif isinstance(value, int | float):
            found[key] = value
    return found


class TensorRecord:
    """Tensors, as a safetensors file: fields of a dataclass that are tensors, or tensors by name.

    Their types and shapes are checked when they are read; a name in a shape stands for the same number in all of them.
    """

    stage: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write the record; the file appears whole or not at all."""
        flat: dict[str, Tensor] = {}
        for field in fields(self):  # type: ignore[arg-type]  # every kind of record is a dataclass
            value = getattr(self, field.name)
            named = {"": value} if isinstance(value, Tensor) else {f".{name}": tensor for name, tensor in value.items()}
            flat |= {f"{field.name}{name}": tensor for name, tensor in named.items()}
        save_tensors(path, flat)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        types = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
        whole = [name for name, kind in types.items() if get_origin(kind) is not Mapping]
        target = _target(cls.stage, path)
        tensors, _ = load_tensors(path, target, *whole)
        if problem := _problem(tensors, types):
            raise UserError(
                f"{path} is no record of stage {cls.stage} ({problem}); delete it and run `dvc repro {target}`"
            )

        def group(prefix: str) -> dict[str, Tensor]:
            return {key.removeprefix(prefix): images for key, images in tensors.items() if key.startswith(prefix)}

        return cls(**{name: tensors[name] if name in whole else group(f"{name}.") for name in types})


def _problem(tensors: Mapping[str, Tensor], types: Mapping[str, Any]) -> str | None:
    """What is not as declared; a group of tensors by name is declared under what stands before the first dot."""
    with jaxtyped("context"):
        for key, tensor in tensors.items():
            name, dot, _ = key.partition(".")
            if name not in types or bool(dot) != (get_origin(types[name]) is Mapping):
                return f"{key} is none of its tensors"
            kind = get_args(types[name])[1] if dot else types[name]
            if not isinstance(tensor, kind):
                return f"{key} is {tensor.dtype} {tuple(tensor.shape)}, not {kind.__name__}"
            if tensor.is_floating_point() and not tensor.isfinite().all():
                return f"not all numbers of {key} are finite"
    return None


def _finite(text: str) -> float:
    """A number as JSON writes it; raises ValueError for what only Python takes for one."""
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is not finite")
    return value


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error).partition("\n")[0]


def _target(stage: str, path: Path) -> str:
    """The stage that writes a file, as DVC calls it."""
    return f"{stage}{path.stem}" if stage.endswith("@") else stage
