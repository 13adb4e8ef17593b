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

Metrics = Mapping[str, int | float]
"""Metrics by key."""


class Part(BaseModel):
    """A group of fields within a record."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Record(Part):
    """A typed JSON file.

    Attributes:
        stage: stage that writes the file; ends with `@` if there is one file per variant, named for it.
    """

    stage: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write the record atomically. Raises ValueError for NaN and infinity."""
        write_json(path, self.model_dump(exclude_none=True))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record. Raises UserError, naming the command that restores it, if it is missing or damaged."""
        command = f"`dvc repro {_target(cls.stage, path)}`"
        try:
            content = json.loads(path.read_text(encoding="utf-8"), parse_float=_finite, parse_constant=_finite)
            return cls.model_validate(content)
        except FileNotFoundError:
            raise UserError(f"{path} is missing; run {command}") from None
        except (ValueError, RecursionError) as error:
            raise UserError(
                f"{path} is not a valid record of stage {cls.stage} ({_reason(error)}); delete it and run {command}"
            ) from None


class TensorRecord:
    """A dataclass of tensors as a safetensors file; fields are tensors or mappings from names to tensors.

    Dtypes and shapes are checked on loading; a name in a shape stands for the same size in all fields.
    """

    stage: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write the record atomically."""
        tensors: dict[str, Tensor] = {}
        for field in fields(self):  # type: ignore[arg-type]  # every kind of record is a dataclass
            value = getattr(self, field.name)
            group = {"": value} if isinstance(value, Tensor) else {f".{name}": tensor for name, tensor in value.items()}
            tensors |= {f"{field.name}{suffix}": tensor for suffix, tensor in group.items()}
        save_tensors(path, tensors)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record. Raises UserError, naming the command that restores it, if it is missing or damaged."""
        types = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
        single = [name for name, kind in types.items() if get_origin(kind) is not Mapping]
        target = _target(cls.stage, path)
        tensors, _ = load_tensors(path, target, *single)
        if problem := _problem(tensors, types):
            raise UserError(
                f"{path} is not a valid record of stage {cls.stage} ({problem}); delete it and run `dvc repro {target}`"
            )

        def group(prefix: str) -> dict[str, Tensor]:
            return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}

        return cls(**{name: tensors[name] if name in single else group(f"{name}.") for name in types})


def _problem(tensors: Mapping[str, Tensor], types: Mapping[str, Any]) -> str | None:
    """Describe the first tensor that differs from its declaration; the part of a key before a dot names the field."""
    with jaxtyped("context"):
        for key, tensor in tensors.items():
            name, dot, _ = key.partition(".")
            if name not in types or bool(dot) != (get_origin(types[name]) is Mapping):
                return f"unknown tensor {key}"
            kind = get_args(types[name])[1] if dot else types[name]
            if not isinstance(tensor, kind):
                return f"{key} is {tensor.dtype} {tuple(tensor.shape)}, not {kind.__name__}"
            if tensor.is_floating_point() and not tensor.isfinite().all():
                return f"{key} has values that are not finite"
    return None


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is not finite")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error).partition("\n")[0]


def _target(stage: str, path: Path) -> str:
    return f"{stage}{path.stem}" if stage.endswith("@") else stage
