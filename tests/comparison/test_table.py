"""The table of all variants."""

from typing import Any

import pytest

from hourglass import comparison
from hourglass.comparison.table import CODES, HEADLINES, IMAGES


def _evaluation(mse: float = 0.02, collapsed: bool = False) -> dict[str, Any]:
    return {
        "clean": {"mse": mse, "psnr": 17.0, "ssim": 0.7, "class_kept": 0.8},
        "restored": {
            "gaussian": {"mse": 0.03, "psnr": 15.2},
            "occlusion": {"mse": 0.04, "psnr": 14.0},
            "gaussian_occlusion": {"mse": 0.05, "psnr": 13.0},
        },
        "cost": {"parameters": 223408, "encoder_multiply_adds": 111232, "decoder_multiply_adds": 110912},
        "wrong_class_through_training": 0.25,
        "code": {
            "size": 8,
            "live_units": 4,
            "participation_ratio": 2.5,
            "knn": 0.75,
            "leave_one_out_knn": 0.7,
            "linear_probe": 0.65,
        },
        "collapsed": collapsed,
    }


LATENT = {
    "samples": 500,
    "trustworthiness": 0.9,
    "purity": 0.625,
    "silhouette": 0.25,
    "class_means_recognised": 0.9,
    "generation": {"prior": 3.5, "gaussian": 3.0, "mixture": 2.0, "uniform": 9.0, "training_images": 0.5},
}


BASELINES = {"pca": {"2": {"clean": {"mse": 0.05}}, "8": {"clean": {"mse": 0.04, "psnr": 14.0}}}}


def _row(**values: Any) -> dict[str, Any]:
    return comparison.row(_evaluation(), LATENT, BASELINES) | values


def _cells(text: str) -> dict[str, dict[str, str]]:
    """variant -> heading -> cell, over both tables."""
    cells: dict[str, dict[str, str]] = {}
    for table in text.split("\n\n"):
        header, _, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        for line in lines:
            cells.setdefault(line[0], {}).update(zip(header[1:], line[1:], strict=True))
    return cells


def test_a_row_gathers_what_the_stages_found() -> None:
    row = comparison.row(_evaluation(0.02), LATENT, BASELINES)
    assert row == {
        "latent": 8,
        "parameters": 223408,
        "multiply_adds": 222144,  # of encoder and decoder together
        "mse": 0.02,
        "psnr": 17.0,
        "ssim": 0.7,
        "class_kept": 0.8,
        "relative_to_pca": 0.5,
        "gaussian": 15.2,
        "occlusion": 14.0,
        "gaussian_occlusion": 13.0,
        "wrong_class": 0.25,
        "live_units": 4,
        "participation_ratio": 2.5,
        "knn": 0.75,
        "leave_one_out_knn": 0.7,
        "linear_probe": 0.65,
        "purity": 0.625,
        "silhouette": 0.25,
        "class_means_recognised": 0.9,
        "frechet": 2.0,  # neither the uniform draw nor real images count
        "frechet_uniform": 9.0,
        "collapsed": False,
    }
    assert set(HEADLINES) <= {column.key for column in (*IMAGES, *CODES)} <= row.keys()


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
