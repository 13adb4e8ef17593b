"""The table of all variants."""

from typing import Any

import pytest

from hourglass import comparison, metrics

ROW = {
    "latent": 8,
    "parameters": 223408,
    "multiply_adds": 222144,
    "live_units": 4,
    "mse": 0.02,
    "psnr": 17.0,
    "collapsed": False,
}


def _row(**values: Any) -> dict[str, Any]:
    return {metric.key: 1.0 for metric in metrics.METRICS} | ROW | values


def _cells(text: str) -> dict[str, dict[str, str]]:
    """variant -> heading -> cell, over both tables."""
    cells: dict[str, dict[str, str]] = {}
    for table in text.split("\n\n"):
        header, _, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        for line in lines:
            cells.setdefault(line[0], {}).update(zip(header[1:], line[1:], strict=True))
    return cells


@pytest.mark.parametrize("which", [0, 1])
def test_each_table_is_markdown_with_one_line_a_variant(which: int) -> None:
    tables = comparison.markdown({"linear": _row(), "pca": _row(), "selu": _row()}).split("\n\n")
    assert len(tables) == 2
    lines = tables[which].splitlines()
    assert len(lines) == 5
    assert len({line.count("|") for line in lines}) == 1
    assert set(lines[1]) <= set("|-: ")
    assert [line.split("|")[1].strip() for line in lines] == ["variant", "---", "linear", "pca", "selu"]


def test_the_best_is_bold_at_the_right_end_of_each_column() -> None:
    cells = _cells(comparison.markdown({"low": _row(mse=0.01, psnr=10.0), "high": _row(mse=0.02, psnr=20.0)}))
    assert (cells["low"]["test MSE"], cells["high"]["test MSE"]) == ("**0.0100**", "0.0200")
    assert (cells["low"]["PSNR, dB"], cells["high"]["PSNR, dB"]) == ("10.00", "**20.00**")


def test_what_looks_equal_is_bold_together_and_what_has_no_best_never_is() -> None:
    cells = _cells(comparison.markdown({"a": _row(mse=0.010001), "b": _row(mse=0.010002), "c": _row(mse=0.03)}))
    assert [cells[name]["test MSE"] for name in "abc"] == ["**0.0100**", "**0.0100**", "0.0300"]
    assert cells["a"]["code size"] == "8"
    assert cells["a"]["parameters"] == "223,408"
    assert cells["a"]["multiply-adds"] == "222,144"


def test_a_collapsed_variant_is_marked() -> None:
    cells = _cells(comparison.markdown({"linear": _row(collapsed=True), "pca": _row()}))
    assert list(cells) == ["linear (collapsed)", "pca"]


def test_a_psnr_is_in_the_column_of_its_corruption() -> None:
    cells = _cells(comparison.markdown({"a": _row(gaussian=11.0, occlusion=12.0, gaussian_occlusion=13.0)}))["a"]
    assert cells["restored from Gaussian noise, dB"] == "**11.00**"
    assert cells["restored from occlusion, dB"] == "**12.00**"
    assert cells["restored from noise and occlusion, dB"] == "**13.00**"
