"""One-line error messages for invalid settings, with the key, the invalid value and the allowed values."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from hourglass.schema import Section

Location = tuple[int | str, ...]

LONGEST_VALUE = 60  # characters
KINDS = ("autoencoder", "pca")
EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a block of settings",
    "model_type": "a block of settings",
    "model_attributes_type": "a block of settings",
    "tuple_type": "a list",
    "union_tag_invalid": " or ".join(map(repr, KINDS)),
}
"""Descriptions of expected values, keyed by pydantic error type. Pydantic's own descriptions name Python types."""


def custom_error(message: str) -> PydanticCustomError:
    """Return an error that a pydantic validator can raise. It is reported as `message`, without the invalid value."""
    return PydanticCustomError("message", "{message}", {"message": message})


def raise_all(problems: Iterable[tuple[Location, str]]) -> None:
    """Raise a single ValidationError for all problems, if any, from within a pydantic validator.

    A problem is an error message and its location, relative to the setting that the validator checks.
    """
    if errors := [InitErrorDetails(type=custom_error(text), loc=where, input=None) for where, text in problems]:
        raise ValidationError.from_exception_data("settings", errors)


def messages(error: ValidationError, root: type[Section]) -> list[str]:
    """Return one line per problem in settings of class `root`, such as `model.latent is 0; must be greater than 0`."""
    return [_message(root, details) for details in error.errors()]


def _message(root: type[Section], details: ErrorDetails) -> str:
    kind, location, text, value = details["type"], details["loc"], details["msg"], details["input"]
    key = format_key(location)
    if kind in ("extra_forbidden", "invalid_key"):
        names = _field_names(root, location[:-1])
        similar = get_close_matches(str(location[-1])[:64], names, 1)
        hint = f"did you mean {similar[0]}?" if similar else f"known settings are {', '.join(names)}"
        return f"{key} is not a setting; {hint}"
    if kind == "missing":
        return f"{key} is missing"
    if kind in ("message", "value_error"):
        text = text.removeprefix("Value error, ")
        return f"{key}: {text}" if key else text
    if kind == "union_tag_invalid":
        key, value = f"{key}.kind", value["kind"] if isinstance(value, dict) else value
    expected = f"be {EXPECTED[kind]}" if kind in EXPECTED else text.removeprefix("Input should ")
    return f"{key} is {format_value(value)}; must {expected}"


def format_key(location: Location) -> str:
    """Format an error location as a dotted key, without the parts that pydantic adds for unions and invalid keys."""
    if location[-1:] == ("[key]",):
        location = location[:-2]
    parts = (
        str(part) if re.fullmatch(r"[\w-]{1,64}", str(part)) else format_value(part)
        for before, part in zip((None, *location), location, strict=False)
        if before != "network" or part not in KINDS
    )
    return ".".join(parts)


def format_value(value: object) -> str:
    """Format a value similarly to YAML, on one line of at most 60 characters."""
    try:
        text = repr(value[:LONGEST_VALUE]) if isinstance(value, str) else json.dumps(value, default=str)
    except (ValueError, TypeError, RecursionError):  # such as an integer of more digits than Python converts
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _field_names(root: type[Section], location: Location) -> list[str]:
    """Return the names of all fields of the section at `location` within `root`."""
    blocks = [root]
    for part in location:
        fields = [block.model_fields[part] for block in blocks if part in block.model_fields]
        if fields:
            blocks = list(_blocks(fields[0].annotation))
        elif part in KINDS:
            kinds = {block: block.model_fields.get("kind") for block in blocks}
            blocks = [block for block, kind in kinds.items() if kind is None or part in get_args(kind.annotation)]
    return list(dict.fromkeys(name for block in blocks for name in block.model_fields))


def _blocks(annotation: Any) -> Iterator[type[Section]]:
    """Yield the settings classes in a type annotation, such as `Encoder` in `Encoder | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in get_args(annotation):
        yield from _blocks(inner)
