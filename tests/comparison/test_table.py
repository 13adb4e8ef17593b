"""The table of all variants."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from hourglass import metrics
from hourglass.metrics import Row
from hourglass.report.table import markdown, overview
from hourglass.stats.significance import Known

NO_YARDSTICKS: dict[str, Row] = {}
ROW = {
    "latent": 8,
    "parameters": 223408,
    "multiply_adds": 222144,
    "active_units": 4,
    "mse": 0.02,
    "psnr": 17.0,
    "collapsed": False,
}


def _row(**values: Any) -> dict[str, Any]:
    return {metric.key: 1.0 for metric in metrics.METRICS} | ROW | values


def tables(rows: Mapping[str, Row], yardsticks: Mapping[str, Row] = NO_YARDSTICKS) -> str:
    """Of single trainings."""
    return markdown({name: Known(row) for name, row in rows.items()}, yardsticks)


def _parts(text: str) -> list[str]:
    """The tables, without their titles."""
    return [part for part in text.split("\n\n") if part.startswith("|")]


def _cells(text: str) -> dict[str, dict[str, str]]:
    """variant -> heading -> cell, over all tables."""
    cells: dict[str, dict[str, str]] = {}
    for table in _parts(text):
        header, _, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        for line in lines:
            cells.setdefault(line[0], {}).update(zip(header[1:], line[1:], strict=True))
    return cells


@pytest.mark.parametrize("which", [0, 1, 2])
def test_each_table_is_markdown_with_one_line_a_variant(which: int) -> None:
    text = tables({"linear": _row(), "pca": _row(), "selu": _row()})
    assert re.findall("^### (.*)$", text, re.MULTILINE) == list(metrics.TABLES.values())
    parts = _parts(text)
    assert len(parts) == 3
    lines = parts[which].splitlines()
    assert len(lines) == 5
    assert len({line.count("|") for line in lines}) == 1
    assert set(lines[1]) <= set("|-: ")
    assert [line.split("|")[1].strip() for line in lines] == ["variant", "---", "linear", "pca", "selu"]


def test_the_best_is_bold_at_the_right_end_of_each_column() -> None:
    cells = _cells(tables({"low": _row(mse=0.01, psnr=10.0), "high": _row(mse=0.02, psnr=20.0)}))
    assert (cells["low"]["test MSE"], cells["high"]["test MSE"]) == ("**0.0100**", "0.0200")
    assert (cells["low"]["PSNR, dB"], cells["high"]["PSNR, dB"]) == ("10.00", "**20.00**")


def test_what_looks_equal_is_bold_together_and_what_has_no_best_never_is() -> None:
    cells = _cells(tables({"a": _row(mse=0.010001), "b": _row(mse=0.010002), "c": _row(mse=0.03)}))
    assert [cells[name]["test MSE"] for name in "abc"] == ["**0.0100**", "**0.0100**", "0.0300"]
    assert cells["a"]["code size"] == "8"
    assert cells["a"]["parameters"] == "223,408"
    assert cells["a"]["multiply-adds"] == "222,144"


def test_a_collapsed_variant_is_marked() -> None:
    cells = _cells(tables({"linear": _row(collapsed=True), "pca": _row()}))
    assert list(cells) == ["linear (collapsed)", "pca"]


def test_a_psnr_is_in_the_column_of_its_corruption() -> None:
    cells = _cells(tables({"a": _row(gaussian=11.0, occlusion=12.0, gaussian_occlusion=13.0)}))["a"]
    assert cells["restored from Gaussian noise, dB"] == "**11.00**"
    assert cells["restored from occlusion, dB"] == "**12.00**"
    assert cells["restored from noise and occlusion, dB"] == "**13.00**"


def test_a_spread_stands_behind_the_mean() -> None:
    seeds = {seed: _row(mse=mse) for seed, mse in enumerate((0.010, 0.012, 0.014))}
    cells = _cells(markdown({"a": Known(seeds[0], seeds), "b": Known(_row(mse=0.011))}, {}))
    assert (cells["a"]["test MSE"], cells["b"]["test MSE"]) == ("0.0120 ± 0.0020", "**0.0110**")


def test_yardsticks_stand_below_where_they_have_figures() -> None:
    parts = _parts(tables({"a": _row(gaussian=15.0)}, {"best linear filter": {"gaussian": 19.1}}))
    assert ["*best linear filter*" in part for part in parts] == [True, False, False]
    cells = _cells(parts[0])
    assert cells["*best linear filter*"]["restored from Gaussian noise, dB"] == "19.10"
    assert cells["*best linear filter*"]["test MSE"] == ""
    assert cells["a"]["restored from Gaussian noise, dB"] == "**15.00**"  # a yardstick is no rival


def test_at_a_glance_there_are_few_columns_below_each_other() -> None:
    lines = overview({"linear": Known(_row(mse=0.02)), "a_long_name": Known(_row(mse=0.01))}).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert all(line[place] == "|" for line in lines for place, letter in enumerate(lines[0]) if letter == "|")
    cells = _cells("\n".join(lines))
    assert list(cells["linear"]) == ["code", "test MSE", "from noise, dB", "10-NN accuracy", "Fréchet distance"]
    assert (cells["linear"]["test MSE"], cells["a_long_name"]["test MSE"]) == ("0.0200", "**0.0100**")
