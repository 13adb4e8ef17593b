"""What every block of settings has in common."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

Count = Annotated[int, Setting(gt=0, lt=2**31)]
Seed = Annotated[int, Setting(ge=0, lt=2**63)]
Strength = Annotated[float, Setting(gt=0, allow_inf_nan=False)]


def one_of(known: Iterable[str]) -> AfterValidator:
    """Refuses, in pydantic's words, what is no entry of a registry."""
    *most, last = map(repr, known)

    def check(name: str) -> str:
        if name not in known:
            raise PydanticCustomError("unknown_name", f"Input should be {', '.join(most)} or {last}")
        return name

    return AfterValidator(check)


class Section(BaseModel):
    """A block of settings: unknown keys and values of another type (`true` for 1) are refused; values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, given: object) -> object:
        # files know lists alone, which pydantic, when strict, does not take for a tuple
        if not isinstance(given, dict):
            return given
        return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
