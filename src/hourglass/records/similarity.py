"""Table of similarities of latent codes between training runs, with one row per data set and pair of variants."""

import csv
from collections.abc import Sequence
from pathlib import Path

from hourglass.errors import UserError
from hourglass.records.base import Part, read_csv, write_csv


class SeedSimilarity(Part):
    """Similarity of the latent codes of two variants, averaged over pairs of training runs.

    Attributes:
        dataset: name of the data set.
        first: name of the first variant.
        second: name of the second variant, which may equal `first`, or `pixels` for comparison with raw images.
        n: number of pairs of training runs.
        cka: mean linear CKA.
        cka_sd: standard deviation of linear CKA over pairs, or None for a single pair.
        overlap: mean share of an image's ten nearest neighbours that are the same in both sets of codes.
        overlap_sd: standard deviation of this share over pairs, or None for a single pair.
        key: hash that identifies the training runs of all pairs, including runs without stored weights.
    """

    dataset: str
    first: str
    second: str
    n: int
    cka: float
    cka_sd: float | None = None
    overlap: float
    overlap_sd: float | None = None
    key: str


def save(rows: Sequence[SeedSimilarity], path: Path) -> None:
    """Write rows to a CSV file. A standard deviation of None becomes an empty cell."""
    write_csv(path, [*SeedSimilarity.model_fields], ([*row.model_dump().values()] for row in rows))


def load(path: Path) -> list[SeedSimilarity]:
    """Read a file written by `save`. A missing file gives an empty list. Raises UserError if the file is damaged."""
    if not path.exists():
        return []
    try:
        header, *lines = read_csv(path)
        cells = [{name: cell for name, cell in zip(header, line, strict=True) if cell} for line in lines]
        return [SeedSimilarity.model_validate(row) for row in cells]
    except (ValueError, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise UserError(
            f"{path} is not a table of similarities ({reason}); `git checkout {path}` restores it"
        ) from None
