"""CSV files."""

import csv
import math
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path

from hourglass.files import replacing


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file atomically."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def read_csv(path: Path) -> list[list[str]]:
    """Return the header and the rows of a file. Raises ValueError if it is not a complete output of `write_csv`."""
    text = path.read_bytes().decode()
    if not text.endswith("\n"):
        raise ValueError("its last line is cut off" if text else "it is empty")
    try:
        return list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(error) from None


def number(cell: str) -> float:
    """Parse a finite number. Raises ValueError for anything else, infinity and NaN included."""
    if not math.isfinite(value := float(cell)):
        raise ValueError(f"{cell} is not finite")
    return value
