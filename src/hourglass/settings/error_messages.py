"""What is wrong with settings, a line for each problem: the setting, what was found, and what would do."""

import re
import reprlib
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from hourglass.schema import Section

Location = tuple[int | str, ...]

SENTENCE = "sentence"  # the type of an error whose message says all
UNKNOWN = ("extra_forbidden", "invalid_key")
WORDS = {
    "bool_type": "input should be true or false",
    "dict_type": "input should be a block of settings",
    "model_type": "input should be a block of settings",
    "string_type": "input should be a word",
    "tuple_type": "input should be a list",
}
"""In the place of pydantic's, which speak of Python."""


def sentence(text: str) -> PydanticCustomError:
    """What a validator raises where what it found is part of the text."""
    return PydanticCustomError(SENTENCE, "{text}", {"text": text})


def refuse(problems: Iterable[tuple[Location, str]]) -> None:
    """Raise all problems that a validator found, each below the setting that it validates; none is no error."""
    if errors := [InitErrorDetails(type=sentence(text), loc=where, input=None) for where, text in problems]:
        raise ValidationError.from_exception_data("settings", errors)


def lines(error: ValidationError, root: type[Section]) -> list[str]:
    """A line for each problem that pydantic found in what should have been a `root`."""
    return [
        _line(details["loc"], details["msg"], details["type"], details["input"], root) for details in error.errors()
    ]


def _line(location: Location, message: str, kind: str, found: object, root: type[Section]) -> str:
    key = ".".join(keys(location))
    if kind in UNKNOWN:
        return f"{key} is not a known setting{_instead(location, root)}"
    if kind == "missing":
        return f"{key} is missing"
    if kind == "union_tag_invalid":  # of a network, the only union
        given = found.get("kind") if isinstance(found, dict) else found
        return f"{key}.kind is {shown(given)}, but input should be 'autoencoder' or 'pca'"
    if kind in ("value_error", SENTENCE):
        text = message.removeprefix("Value error, ")
        return f"{key}: {text}" if key else text
    return f"{key} is {shown(found)}, but {WORDS.get(kind) or message[0].lower() + message[1:]}"


def keys(location: Location) -> Iterator[str]:
    """The keys of the file: pydantic also names the member of a union, and a key that is wrong itself."""
    if location[-1:] == ("[key]",):
        location = location[:-2]
    for before, part in zip((None, *location), location, strict=False):
        if before != "network" or part not in ("autoencoder", "pca"):
            yield str(part) if re.fullmatch(r"[\w-]{1,64}", str(part)) else shown(part)


def _instead(location: Location, root: type[Section]) -> str:
    """The settings that the block of an unknown one has, the likeliest first."""
    block: Any = root
    for part in location[:-1]:
        block = _inner(block, part)
    known = list(block.model_fields)
    near = get_close_matches(str(location[-1]), known, 1)
    return f"{f'; perhaps {near[0]} is meant' if near else ''}; known are {', '.join(known)}"


def _inner(outer: Any, part: int | str) -> Any:
    """What is expected below `part` where `outer` is expected: a block, or what holds blocks."""
    inner = get_args(outer)
    if get_origin(outer) is dict:
        return inner[1]
    if get_origin(outer) is tuple:
        return inner[0]
    if get_origin(outer) is Union:
        return next(kind for kind in map(_bare, inner) if part in get_args(kind.model_fields["kind"].annotation))
    return _bare(outer.model_fields[part].annotation)


def _bare(annotation: Any) -> Any:
    """Without what says more of it, and without `None` as its alternative."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType) and type(None) in get_args(annotation):
        return _bare(get_args(annotation)[0])
    return annotation


class _Shown(reprlib.Repr):
    """Values as a file of settings has them, shortened."""

    maxother = maxstring = 60
    maxlevel = 2

    def repr_tuple(self, value: tuple[Any, ...], level: int) -> str:
        return self.repr_list(list(value), level)

    def repr_bool(self, value: bool, level: int) -> str:
        return str(value).lower()

    def repr_NoneType(self, value: None, level: int) -> str:  # noqa: N802  named for the type
        return "null"

    def repr_date(self, value: date, level: int) -> str:
        return str(value)

    repr_datetime = repr_date

    def repr_int(self, value: int, level: int) -> str:
        # Python writes no longer ones out
        return super().repr_int(value, level) if value.bit_length() < 1000 else f"a number of {value.bit_length()} bits"


shown = _Shown().repr
