"""What every block of settings has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A block of settings: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
