"""The table of a sweep."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sweeping import row

from hourglass.errors import UserError
from hourglass.records.sweep import load, save

ROWS = [
    row("linear", seed=1, mse=0.1 + 0.2, active_units=2, tiny=5e-324, below=-1.5, collapsed=True),
    replace(row("selu"), results={}),
    row("denoising", sigma="0.1–0.5", mse=1 / 3, beta_kl=2.0),
]


def test_a_table_survives_a_round_trip(tmp_path: Path) -> None:
    first, second = tmp_path / "new/first.csv", tmp_path / "second.csv"
    save(ROWS, first)
    assert load(first) == ROWS
    save(load(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_a_missing_table_is_empty_and_rows_with_the_columns_of_another_version_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    assert load(path) == []
    save([ROWS[0], ROWS[1]], path)
    path.write_text(path.read_text(encoding="utf-8").replace(",mse,", ",clean.mse,"), encoding="utf-8")
    assert load(path) == [ROWS[1]]  # a failed trial has no columns


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[:-3],
        lambda text: "epoch,train_mse\n1,0.5\n",
        lambda text: text.replace("linear,2", "linear,two"),
        lambda text: text.replace("5e-324", "nan"),
        lambda text: text.replace("linear,2,", "linear,"),
        lambda text: text + "<<<<<<< HEAD\n",
        lambda text: '"' + text,
        lambda text: text.replace("linear", "\udcff"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = tmp_path / "sweep.csv"
    save(ROWS, path)
    path.write_bytes(damage(path.read_text(encoding="utf-8")).encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"sweep\.csv is not a table of a sweep \(.+\); `git checkout \S+` restores it"):
        load(path)
