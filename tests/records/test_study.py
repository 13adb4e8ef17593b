"""What the kinds of gradient descent leave behind: saved and loaded whole."""

import json
from pathlib import Path

import pytest
import synthetic

from hourglass import sgd
from hourglass.errors import UserError
from hourglass.records import Study, StudyCurves

CURVES = StudyCurves(
    {
        "stochastic": {
            "updates": [0, 1, 2, 4, 8],
            "passes": [0.0, 0.25, 0.5, 1.0, 2.0],
            "train_mse": [0.5, 0.4, 0.3, 0.2, 0.1],
            "test_mse": [0.55, 0.45, 0.35, 0.25, 0.15],
        },
        "full-batch": {
            "updates": [0, 1, 2, 5],
            "passes": [0.0, 1.0, 2.0, 5.0],
            "train_mse": [0.5, 0.48, 0.46, 0.4],
            "test_mse": [0.55, 0.53, 0.51, 0.5],
        },
    }
)


def test_a_study_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    never = synthetic.METHOD.model_copy(update={"updates_to_target": None, "passes_to_target": None})
    study = Study(
        images=4,
        common_passes=2,
        mean_image_mse=0.5,
        target_mse=0.3,
        methods={"stochastic": synthetic.METHOD, "full-batch": never},
        findings=("One.", "Two."),
    )
    study.save(tmp_path / "sgd-variants.json")
    assert Study.load(tmp_path / "sgd-variants.json") == study
    written = json.loads((tmp_path / "sgd-variants.json").read_text())
    assert written["findings"] == ["One.", "Two."]
    assert written["methods"]["stochastic"]["updates"] == 8


def test_curves_are_a_line_for_each_measurement_and_come_back(tmp_path: Path) -> None:
    CURVES.save(tmp_path / "updates.csv")
    lines = (tmp_path / "updates.csv").read_text().splitlines()
    assert lines[:3] == [
        "method,updates,passes,train_mse,test_mse",
        "stochastic,0,0.0,0.5,0.55",
        "stochastic,1,0.25,0.4,0.45",
    ]
    assert len(lines) == 1 + 5 + 4
    loaded = StudyCurves.load(tmp_path / "updates.csv")
    assert loaded == CURVES
    loaded.save(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text().splitlines() == lines


def test_passes_that_all_methods_make_are_a_line_each_with_the_losses_of_all_methods(tmp_path: Path) -> None:
    sgd.save_passes(CURVES, tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text().splitlines() == [
        "pass,stochastic_train_mse,stochastic_test_mse,full-batch_train_mse,full-batch_test_mse",
        "0,0.5,0.55,0.5,0.55",
        "1,0.2,0.25,0.48,0.53",
        "2,0.1,0.15,0.46,0.51",
    ]


def test_curves_that_are_missing_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"updates\.csv is missing; `dvc repro sgd-variants` makes it$"):
        StudyCurves.load(tmp_path / "updates.csv")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "method,updates\nstochastic,1\n",
        "method,updates,passes,train_mse,test_mse\nstochastic,1,0.25,0.4\n",
        "method,updates,passes,train_mse,test_mse\nstochastic,one,0.25,0.4,0.5\n",
        "\x00\xff",
    ],
)
def test_curves_that_are_damaged_are_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "updates.csv").write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError, match=r"updates\.csv holds no losses .*; delete it: `dvc repro sgd-variants` makes"):
        StudyCurves.load(tmp_path / "updates.csv")
