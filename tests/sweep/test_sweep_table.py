"""The table of a sweep: what is read is what was written."""

from dataclasses import replace
from pathlib import Path

import pytest
from sweeping import row

from hourglass.errors import UserError
from hourglass.records.sweep import Trial, load, save

ROWS = [
    row("linear", seed=1, mse=0.1 + 0.2, active_units=2, tiny=5e-324, below=-1.5, collapsed=True),
    replace(row("selu"), results={}),
    row("denoising", sigma="0.1–0.5", mse=1 / 3, beta_kl=2.0),
]


def lines(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new/sweep.csv"
    save(ROWS, path)
    assert load(path) == ROWS
    found = load(path)[0].results
    assert (found["clean.mse"], found["tiny"], found["below"], found["collapsed"]) == (0.1 + 0.2, 5e-324, -1.5, 1)


def test_what_is_read_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    save(ROWS, first)
    save(load(first), second)
    assert first.read_bytes() == second.read_bytes()


def test_a_trial_comes_first_and_its_key_last_the_results_in_the_order_in_which_they_turn_up(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    save(ROWS, path)
    names, *rows = lines(path)
    place = ["grid", "dataset", "variant", "latent", "sigma", "epochs", "seed"]
    assert names == [*place, *ROWS[0].results, "beta_kl", "key"]
    assert rows[1] == ["sizes", "digits", "selu", "2", "", "5", "0", *[""] * (len(names) - 8), "0" * 16]
    assert rows[0][names.index("collapsed")] == "1"


def test_without_a_file_there_is_no_row(tmp_path: Path) -> None:
    assert load(tmp_path / "sweep.csv") == []


def test_rows_of_a_version_with_other_names_are_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_text(text([ROWS[0], replace(ROWS[1], results={})], path).replace("clean.mse", "mse"), encoding="utf-8")
    assert load(path) == [replace(ROWS[1], results={})]  # of which nothing is known in any version


def test_a_table_without_rows_is_one(tmp_path: Path) -> None:
    save([], tmp_path / "sweep.csv")
    assert load(tmp_path / "sweep.csv") == []


def text(rows: list[Trial], path: Path) -> str:
    save(rows, path)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda written: "",
        lambda written: written[:-3],
        lambda written: "epoch,train_mse\n1,0.5\n",
        lambda written: written.replace("linear,2", "linear,two"),
        lambda written: written.replace("5e-324", "nan"),
        lambda written: written.replace("5e-324", "small"),
        lambda written: written.replace("linear,2,", "linear,"),
        lambda written: written + "<<<<<<< HEAD\n",
        lambda written: '"' + written,
    ],
)
def test_something_else_is_refused_in_one_sentence(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "sweep.csv"
    assert callable(damage)
    path.write_text(damage(text(ROWS, path)), encoding="utf-8")
    with pytest.raises(UserError, match=r"sweep\.csv is no table of a sweep \(.+\); `git checkout") as caught:
        load(path)
    assert len(str(caught.value).splitlines()) == 1


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sweep.csv"
    path.write_bytes(b"grid\xff\n")
    with pytest.raises(UserError, match="is no table of a sweep"):
        load(path)
