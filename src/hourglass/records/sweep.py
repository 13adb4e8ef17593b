"""The table of a sweep: a row a trial, in the order of the grids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.errors import UserError
from hourglass.records.tables import number, read_csv, write_csv

Results = Mapping[str, float | int | bool]
"""What a trained network came to, by column."""

PLACE = ("grid", "dataset", "variant", "latent", "sigma", "epochs", "seed")
MEASURED = "clean.mse"  # of every training
NUMBERS = ("latent", "epochs", "seed")


@dataclass(frozen=True)
class Trial:
    """One row. sigma: of the Gaussian noise trained with, `0.3` or `0.1–0.5`; empty without. key: see `sweep.trials`.

    results: empty of a trial that failed.
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


def save(trials: Sequence[Trial], path: Path) -> None:
    """CSV; the file appears whole or not at all. A cell is empty where nothing was measured; 1 stands for true."""
    columns = list(dict.fromkeys(name for trial in trials for name in trial.results))
    lines = [
        [
            *(getattr(trial, name) for name in PLACE),
            *(_cell(trial.results.get(column)) for column in columns),
            trial.key,
        ]
        for trial in trials
    ]
    write_csv(path, [*PLACE, *columns, "key"], lines)


def load(path: Path) -> list[Trial]:
    """Read what `save` wrote; nothing where there is no file, or one of a version that named its columns otherwise.

    Raises UserError where it is something else.
    """
    if not path.exists():
        return []
    try:
        names, *lines = read_csv(path)
        rows = [_trial(dict(zip(names, line, strict=True))) for line in lines]
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{path} is no table of a sweep ({error}); `git checkout {path}` brings the committed one back"
        ) from None
    return [row for row in rows if not row.results or MEASURED in row.results]


def _trial(cells: Mapping[str, str]) -> Trial:
    about: dict[str, Any] = {name: int(cells[name]) if name in NUMBERS else cells[name] for name in (*PLACE, "key")}
    results = {name: _value(cell) for name, cell in cells.items() if name not in about and cell}
    return Trial(**about, results=results)


def _cell(value: float | int | bool | None) -> str | float | int:
    return "" if value is None else int(value) if isinstance(value, bool) else value


def _value(cell: str) -> float | int:
    return int(cell) if cell.lstrip("-").isdigit() else number(cell)
