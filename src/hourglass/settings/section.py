"""What every block of settings has in common."""

from pydantic import BaseModel, ConfigDict, model_validator


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
