"""Tables with one row per picture, in .csv, .npz and .parquet files."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from hourglass.errors import UserError
from hourglass.files import replacing

Columns = Mapping[str, NDArray[np.generic]]
"""Arrays (N,) of equal length, keyed by column name."""

PICTURE, CODE = "picture", "code_"  # the columns of codes are picture, code_0, code_1, …


def write(path: Path, columns: Columns) -> None:
    """Write a table to a file, whose suffix determines the format. Raises UserError if the suffix is not supported."""
    save, _ = file_format(path)
    with replacing(path) as part:
        save(part, columns)


def read_codes(path: Path, latent: int) -> tuple[list[str], NDArray[np.float32]]:
    """Read picture names and codes (N, `latent`) from a table. Raises UserError if codes are missing or not finite."""
    _, load = file_format(path)
    try:
        columns = load(path)
        names = [name for name in columns if name.startswith(CODE)]
        ordered = sorted(names, key=lambda name: int(name.removeprefix(CODE)))
        codes = np.array([columns[name] for name in ordered], np.float32).T
        files = [str(name) for name in columns.get(PICTURE, np.arange(len(codes)))]
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, ValueError, KeyError, IndexError, StopIteration, BadZipFile, csv.Error) as error:
        raise UserError(f"{path} is not a table of codes ({' '.join(str(error).split())})") from None
    if codes.shape[-1] != latent or not len(codes):
        raise UserError(
            f"{path} has {len(codes)} rows of {len(names)} codes; the model needs {latent} columns {CODE}0, …"
        )
    if not np.isfinite(codes).all():
        raise UserError(f"{path} has codes that are not finite")
    return files, codes


def _write_csv(path: Path, columns: Columns) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(values.tolist() for values in columns.values()), strict=True))


def _read_csv(path: Path) -> Columns:
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    return {name: np.array([row[place] for row in rows]) for place, name in enumerate(names)}


def _write_npz(path: Path, columns: Columns) -> None:
    np.savez_compressed(path, allow_pickle=False, **dict(columns))


def _read_npz(path: Path) -> Columns:
    with np.load(path, allow_pickle=False) as archive:  # noqa: TID251  no pickle is read
        return {name: archive[name] for name in archive.files}


def _write_parquet(path: Path, columns: Columns) -> None:
    import pyarrow as pa  # noqa: PLC0415  optional
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(pa.table(dict(columns)), path)


def _read_parquet(path: Path) -> Columns:
    from pyarrow import parquet  # noqa: PLC0415  optional

    table = parquet.read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}


FORMATS: dict[str, tuple[Callable[[Path, Columns], None], Callable[[Path], Columns]]] = {
    ".csv": (_write_csv, _read_csv),
    ".npz": (_write_npz, _read_npz),
    ".parquet": (_write_parquet, _read_parquet),
}


def file_format(path: Path) -> tuple[Callable[[Path, Columns], None], Callable[[Path], Columns]]:
    """Return the functions that write and read a table. Raises UserError if the suffix is not supported."""
    if path.suffix not in FORMATS:
        raise UserError(f"{path}: the suffix must be {', '.join(FORMATS)}")
    return FORMATS[path.suffix]
