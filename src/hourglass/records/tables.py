"""Tables on disk, as CSV."""

import csv
import math
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from hourglass.files import replacing


def write_csv(path: Path, names: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """A CSV file with a header; it appears whole or not at all."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *lines])


def read_csv(path: Path) -> list[list[str]]:
    """The header and the lines. Raises ValueError where `write_csv` cannot have written this."""
    text = path.read_bytes().decode()
    if not text.endswith("\n"):
        raise ValueError("its last line is cut off" if text else "it is empty")
    try:
        return list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(error) from None


def number(cell: str) -> float:
    """Raises ValueError for what is none, infinity and NaN among it."""
    if not math.isfinite(value := float(cell)):
        raise ValueError(f"{cell} is not finite")
    return value
