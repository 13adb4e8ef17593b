"""Base class and field types shared by all blocks of settings."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

Count = Annotated[int, Setting(gt=0, lt=2**31)]
Seed = Annotated[int, Setting(ge=0, lt=2**63)]
Strength = Annotated[float, Setting(gt=0, allow_inf_nan=False)]


def one_of(names: Iterable[str]) -> AfterValidator:
    """Return a pydantic validator that accepts only the given names, such as the keys of a registry."""
    *most, last = map(repr, names)
    expected = f"{', '.join(most)} or {last}"

    def check(name: str) -> str:
        if name not in names:
            raise PydanticCustomError("unknown_name", "Input should be {expected}", {"expected": expected})
        return name

    return AfterValidator(check)


def optional(default: object) -> Any:
    """Return a pydantic field that is omitted from settings files and model files if its value is `default`.

    Adding such a field to the settings therefore leaves existing files and hashes unchanged.
    """
    return Setting(default=default, exclude_if=lambda value: value == default)


class Section(BaseModel):
    """Base class for immutable settings. Types are strict: `true` is not accepted as 1. Unknown keys are rejected."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _lists_to_tuples(cls, block: object) -> object:
        # YAML and JSON have lists only, which pydantic does not accept as tuples in strict mode
        if not isinstance(block, dict):
            return block
        return {key: tuple(value) if isinstance(value, list) else value for key, value in block.items()}
