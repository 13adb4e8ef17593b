"""Records on disk: numbers as JSON, tensors as safetensors."""

import json
from dataclasses import fields
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors, write_json


class Part(BaseModel):
    """Numbers within a record."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Record(Part):
    """Numbers, as a JSON file. stage: that writes it; where it is of one variant, the file is named for that."""

    stage: ClassVar[str]

    def save(self, path: Path) -> None:
        """Write the record; the file appears whole or not at all. Refuses NaN."""
        write_json(path, self.model_dump(exclude_none=True))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        made = f"`dvc repro {_target(cls.stage, path)}` makes it"
        try:
            return cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise UserError(f"{path} is missing; {made}") from None
        except (json.JSONDecodeError, UnicodeDecodeError, ValidationError) as error:
            why = str(error).splitlines()[0]
            raise UserError(f"{path} is no record of stage {cls.stage} ({why}); delete it: {made} anew") from None


class TensorRecord:
    """Tensors, as a safetensors file: fields of a dataclass that are tensors, or tensors by name."""

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
        declared = fields(cls)  # type: ignore[arg-type]
        whole = [field.name for field in declared if field.type is Tensor]
        tensors, _ = load_tensors(path, _target(cls.stage, path), *whole)

        def group(prefix: str) -> dict[str, Tensor]:
            return {key.removeprefix(prefix): images for key, images in tensors.items() if key.startswith(prefix)}

        return cls(**{f.name: tensors[f.name] if f.name in whole else group(f"{f.name}.") for f in declared})


def _target(stage: str, path: Path) -> str:
    """The stage that writes a file, as DVC calls it."""
    return f"{stage}{path.stem}" if stage.endswith("@") else stage
