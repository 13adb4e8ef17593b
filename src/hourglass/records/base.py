"""Base classes for records stored as JSON or safetensors files, and functions to read and write CSV files."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, Self, get_args, get_origin

from jaxtyping import jaxtyped
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from hourglass.errors import UserError, format_error
from hourglass.files import load_tensors, replacing, save_tensors, write_json
from hourglass.images import without_grey_axis

IMAGE = "channels height width"  # last dimensions of image tensors

Metrics = Mapping[str, int | float]
"""Values of metrics, keyed by name of the metric."""


class Part(BaseModel):
    """Base class for immutable groups of fields in a record. All numbers must be finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Record(Part):
    """Base class for typed records stored as JSON files.

    Attributes:
        stage: name of the stage that writes the file. A name that ends with `@` denotes a stage that writes one file
            per variant, named after the variant.
    """

    stage: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write the record atomically to a JSON file. Fields that are None are left out."""
        write_json(path, self.model_dump(exclude_none=True))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record. If the file is missing or damaged, raise UserError with the command that restores the file."""
        with reading(path, cls.stage):
            return cls.model_validate_json(path.read_bytes())


class TensorRecord:
    """Base class for dataclasses of tensors, stored as safetensors files.

    Each field is a tensor or a mapping from names to tensors, with dtype and shape annotated by jaxtyping and checked
    on loading. A named dimension, such as `images`, must have the same size in all fields. If the last dimensions of a
    field are `channels height width`, the channel axis of greyscale images is not stored, but restored on loading.

    Attributes:
        stage: name of the stage that writes the file, ending with `@` if it writes one file per variant.
    """

    stage: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write the record atomically to a safetensors file. Tensors in a mapping are named `<field>.<key>`."""
        tensors: dict[str, Tensor] = {}
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                tensors[name] = value
            else:
                tensors |= {f"{name}.{key}": tensor for key, tensor in value.items()}
        types = {field.name: field.type for field in fields(self)}  # type: ignore[arg-type]
        for key, tensor in tensors.items():
            if _holds_images(types[key.partition(".")[0]]):
                tensors[key] = without_grey_axis(tensor)
        save_tensors(path, tensors)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a record. If the file is missing or damaged, raise UserError with the command that restores the file."""
        types: dict[str, Any] = {field.name: field.type for field in fields(cls)}  # type: ignore[arg-type]
        values: dict[str, Any] = {name: {} for name, kind in types.items() if get_origin(kind) is Mapping}
        single = [name for name in types if name not in values]
        tensors, _ = load_tensors(path, _target(path, cls.stage), *single)
        with reading(path, cls.stage), jaxtyped("context"):
            for key, tensor in tensors.items():
                name, dot, part = key.partition(".")
                if name not in types or bool(dot) == (name in single):
                    raise ValueError(f"unknown tensor {key}")
                kind = get_args(types[name])[1] if dot else types[name]
                if _holds_images(kind) and tensor.dim() == len(kind.dims) - 1:
                    tensor = tensor.unsqueeze(-3)  # noqa: PLW2901
                if not isinstance(tensor, kind):
                    raise ValueError(f"{key} is {tensor.dtype} {tuple(tensor.shape)}, not {kind.__name__}")
                if tensor.is_floating_point() and not tensor.isfinite().all():
                    raise ValueError(f"{key} has values that are not finite")
                if dot:
                    values[name][part] = tensor
                else:
                    values[name] = tensor
        return cls(**values)


def _holds_images(kind: Any) -> bool:
    """Return whether `kind`, the type of a field, is an image tensor or a mapping to image tensors."""
    kind = get_args(kind)[1] if get_origin(kind) is Mapping else kind
    return getattr(kind, "dim_str", "").endswith(IMAGE)


@contextmanager
def reading(path: Path, stage: str) -> Iterator[None]:
    """Convert read errors in the `with` block to a UserError that names the command to restore the record."""
    command = f"`dvc repro {_target(path, stage)}`"
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run {command}") from None
    except Exception as error:  # invalid zip and PNG files raise errors without a common base class
        if format_error(error) is not None:
            raise
        message = f"{path} is not a valid record of stage {stage} ({_reason(error)}); delete it and run {command}"
        raise UserError(message) from None


def _target(path: Path, stage: str) -> str:
    return f"{stage}{path.stem}" if stage.endswith("@") else stage


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
    return " ".join(str(error).split()) or type(error).__name__


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a header and rows atomically to a CSV file."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def read_csv(path: Path) -> list[list[str]]:
    """Read the header and the rows of a CSV file. Raises ValueError or csv.Error if the file is empty or damaged."""
    text = path.read_bytes().decode()
    if not text.endswith("\n"):
        raise ValueError("its last line is cut off" if text else "it is empty")
    return list(csv.reader(StringIO(text, newline=""), strict=True))


def number(cell: str) -> float:
    """Parse a CSV cell as a finite number. Raises ValueError for any other content, including infinity and NaN."""
    if not math.isfinite(value := float(cell)):
        raise ValueError(f"{cell} is not finite")
    return value
