"""Results on disk, and the few figures that are drawn from many measurements."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.errors import UserError

Results = dict[str, Any]


@dataclass(frozen=True)
class Spread:
    """The middle of several measurements, the least and the most of them."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        """`1.50 (1.48 to 1.55)`, or the figure alone where it was measured once."""
        middle = f"{self.median:,.{digits}f}"
        if self.least == self.most:
            return middle
        return f"{middle} ({self.least:,.{digits}f} to {self.most:,.{digits}f})"


def ratios(rounds: Sequence[Mapping[str, Mapping[str, float]]], engine: str, base: str = "this") -> Spread:
    """How many times the seconds of `base` an engine took, each ratio from within one round."""
    return Spread.of([found[engine]["seconds"] / found[base]["seconds"] for found in rounds])


def peers(found: Results) -> list[str]:
    """The engines, but for this one, by which a part measured every variant."""
    return [engine for engine in next(iter(found["variants"].values()))["rounds"][0] if engine != "this"]


def share(multiply_adds: int, images_per_second: float, rate: float) -> float:
    """The part of the matrix-product rate (operations a second) that a training's arithmetic makes use of.

    A training step costs three forward passes: the forward one, the gradients of the maps and those of the weights. A
    multiply-add is two operations.
    """
    return 3 * 2 * multiply_adds * images_per_second / rate


def file(into: Path, part: str) -> Path:
    """Where a part's figures lie."""
    return into / "results" / f"{part}.json"


def read(path: Path) -> Results | None:
    """What a part left, None where it was never run. Raises UserError where it is no JSON."""
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); run that part of the benchmark again") from None
    if not isinstance(content, dict):
        raise UserError(f"{path} holds no results; run that part of the benchmark again")
    return content
