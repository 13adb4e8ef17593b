"""What a training leaves behind: its history, epoch by epoch."""

from pathlib import Path

import pytest

from hourglass.errors import UserError
from hourglass.records import History
from hourglass.report.losses import curve

HISTORY = History(
    [1, 2, 3], {"train_mse": [0.3, 0.2, 1 / 3], "test_mse": [None, 0.25, None], "train_kl": [5.0, 4.0, 3.0]}
)


def test_a_history_comes_back_with_its_gaps(tmp_path: Path) -> None:
    path = tmp_path / "linear/history.csv"
    HISTORY.save(path)
    assert path.read_text().splitlines()[:2] == ["epoch,train_mse,test_mse,train_kl", "1,0.3,,5.0"]
    loaded = History.load(path)
    assert loaded.epochs == [1, 2, 3]
    assert {name: list(column) for name, column in loaded.columns.items()} == HISTORY.columns


def test_a_curve_has_what_was_measured() -> None:
    assert curve(HISTORY, "train_kl") == [(1, 5.0), (2, 4.0), (3, 3.0)]
    assert curve(HISTORY, "test_mse") == [(2, 0.25)]
    assert curve(HISTORY, "train_reconstruction") == []
    assert curve(HISTORY, "test_mse", closed_form=True) == [(0, 0.25)]


def test_a_missing_history_names_the_training(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"selu/history\.csv is missing; `dvc repro train@selu` makes it$"):
        History.load(tmp_path / "train/selu/history.csv")
    with pytest.raises(UserError, match=r"selu/learned\.csv is missing; `dvc repro evaluate@selu` makes it$"):
        History.load(tmp_path / "evaluate/selu/learned.csv")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"epoch,train_mse\n",
        b"pass,train_mse\n1,0.5\n",
        b"epoch,train_mse\n1,low\n",
        b"epoch,train_mse\n1\n",
        b"\xff",
    ],
)
def test_a_damaged_history_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "train/selu/history.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"selu/history\.csv is no history of a training .*`dvc repro train@selu`"):
        History.load(path)
