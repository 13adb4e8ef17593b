"""Base class and field types shared by all blocks of settings."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, create_model, model_validator
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

Count = Annotated[int, Setting(gt=0, lt=2**31)]
Seed = Annotated[int, Setting(ge=0, lt=2**63)]
NonNegative = Annotated[float, Setting(ge=0, allow_inf_nan=False)]
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


Value = bool | int | float
"""Value of a setting that a loss or a kind of code defines."""
LONGEST_KEY = 60  # characters of an unknown key in a message


def check_keywords(function: Callable[..., object], values: Mapping[str, Any]) -> dict[str, Any]:
    """Check settings against the keyword-only parameters of a function, whose annotations give types and limits.

    Returns:
        The values of all parameters, including those that have their defaults.

    Raises:
        ValueError: if a key of `values` is not such a parameter, or if a value is invalid.
    """
    parameters = inspect.signature(function).parameters.values()
    fields: dict[str, Any] = {p.name: (p.annotation, p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}
    if unknown := [name for name in values if name not in fields]:
        known = f"known are {', '.join(fields)}" if fields else "this block has none here"
        raise ValueError(f"{str(unknown[0])[:LONGEST_KEY]!a} is not a setting; {known}")
    return create_model("Keywords", __base__=Section, **fields).model_validate(dict(values)).model_dump()


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
