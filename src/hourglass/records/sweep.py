"""Table of sweep results, with one row per trial in the order of the grids."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.errors import UserError
from hourglass.records.base import number, read_csv, write_csv

Results = Mapping[str, float | int | bool]
"""Metrics of a trained network, keyed by column name."""

PLACE = ("grid", "dataset", "variant", "latent", "sigma", "epochs", "seed")
REQUIRED = "mse"  # every evaluated trial has it; a row without it was written by a version with other columns
INTEGERS = ("latent", "epochs", "seed")


@dataclass(frozen=True)
class TrialResult:
    """Settings and results of one trial of a sweep, stored as one row of a table.

    Attributes:
        grid: name of the grid in params.yaml.
        dataset: name of the data set, followed by the class if training uses only one class, such as `mnist:3`.
        latent: latent dimension.
        sigma: standard deviation of the Gaussian training noise, such as `0.3` or `0.1–0.5`. Empty if there is none.
        key: cache key, a hash of the settings, data and code that determine the results.
        results: metrics, keyed by column name. Empty if the trial failed.
    """

    grid: str
    dataset: str
    variant: str
    latent: int
    sigma: str
    epochs: int
    seed: int
    key: str
    results: Results

    @property
    def one_class(self) -> bool:
        """Whether the model was trained on a single class, such as on the data set `mnist:3`."""
        return ":" in self.dataset


def save(trials: Sequence[TrialResult], path: Path) -> None:
    """Write trials to a CSV file. Missing metrics become empty cells, and booleans become 0 or 1."""
    columns = list(dict.fromkeys(name for trial in trials for name in trial.results))
    lines = []
    for trial in trials:
        values = (trial.results.get(name) for name in columns)
        cells = [int(value) if isinstance(value, bool) else value for value in values]
        lines.append([*(getattr(trial, name) for name in PLACE), *cells, trial.key])
    write_csv(path, [*PLACE, *columns, "key"], lines)


def load(path: Path) -> list[TrialResult]:
    """Read a file written by `save`. A missing file gives an empty list.

    Rows with incompatible columns, written by other versions, are skipped. Raises UserError if the file is damaged.
    """
    if not path.exists():
        return []
    try:
        names, *lines = read_csv(path)
        rows = [_row(dict(zip(names, line, strict=True))) for line in lines]
    except (ValueError, KeyError, csv.Error) as error:
        raise UserError(f"{path} is not a table of a sweep ({error}); `git checkout {path}` restores it") from None
    return [row for row in rows if not row.results or REQUIRED in row.results]


def _row(cells: Mapping[str, str]) -> TrialResult:
    place: dict[str, Any] = {name: int(cells[name]) if name in INTEGERS else cells[name] for name in (*PLACE, "key")}
    results = {name: _value(cell) for name, cell in cells.items() if name not in place and cell}
    return TrialResult(**place, results=results)


def _value(cell: str) -> float | int:
    return int(cell) if cell.lstrip("-").isdigit() else number(cell)
