"""Tests of the tables: the best value of every column, spreads over seeds, baselines."""

from typing import Any

from hourglass.metrics import METRICS, columns, overview
from hourglass.report.tables import collapsed_text, deviation_text, make_table, markdown, text_of
from hourglass.stats import Runs

ROW = dict.fromkeys(METRICS, 1.0) | {"latent_dim": 8, "parameters": 223408, "collapsed": False}


def run(**values: Any) -> Runs:
    return Runs(ROW | values)


def seeds(**values: list[float]) -> Runs:
    rows = [ROW | dict(zip(values, of_seed, strict=True)) for of_seed in zip(*values.values(), strict=True)]
    return Runs(rows[0], dict(enumerate(rows)))


def cells(text: str) -> dict[str, dict[str, str]]:
    """Return the cells of a Markdown table by first cell and heading."""
    header, _, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return {line[0]: dict(zip(header[1:], line[1:], strict=True)) for line in lines}


def images(runs: dict[str, Runs], baselines: dict[str, dict[str, float]] | None = None) -> dict[str, dict[str, str]]:
    return cells(markdown(make_table("title", columns("images"), runs, baselines)))


def test_the_best_value_is_bold_at_the_better_end_of_each_column() -> None:
    table = images({"low": run(mse=0.010001, psnr=10.0), "as low": run(mse=0.010002), "high": run(mse=0.02, psnr=20.0)})
    mse, psnr = METRICS["mse"].title, METRICS["psnr"].title
    assert [row[mse] for row in table.values()] == ["**0.0100**", "**0.0100**", "0.0200"]  # as shown
    assert (table["low"][psnr], table["high"][psnr]) == ("10.00", "**20.00**")
    assert table["low"][METRICS["parameters"].title] == "223,408"  # neither end is better


def test_several_seeds_are_shown_as_mean_and_sample_deviation() -> None:
    mse = METRICS["mse"]
    assert images({"a": seeds(mse=[0.010, 0.012, 0.014])})["a"][mse.title] == "**0.0120 ± 0.0020**"
    assert text_of([0.01220, 0.01221, 0.01222], mse) == "0.0122 ± <0.0001"
    assert text_of([8, 8], METRICS["latent_dim"]) == "8"
    assert text_of([], METRICS["frechet_prior"]) == "–"
    assert [deviation_text(0.0004, ".1%"), deviation_text(0.2, ".0f")] == ["<0.1%", "<1"]


def test_baselines_are_below_where_they_have_metrics_and_never_bold() -> None:
    psnr = METRICS["gaussian_psnr"].title
    baselines = {"filter": {"gaussian_psnr": 19.1}, "generator": {"frechet_gaussian": 1.0}}
    table = images({"a": run(gaussian_psnr=15.0)}, baselines)
    assert list(table) == ["a", "*filter*"]
    assert (table["a"][psnr], table["*filter*"][psnr]) == ("**15.00**", "19.10")
    assert table["*filter*"][METRICS["mse"].title] == ""


def test_collapsed_runs_are_counted_beside_the_name() -> None:
    assert list(images({"linear": run(collapsed=True), "pca": run()})) == ["linear (collapsed)", "pca"]
    assert collapsed_text(seeds(collapsed=[0, 0, 1])) == "1 of 3 runs collapsed"


def test_the_overview_has_aligned_columns_with_short_headings() -> None:
    text = markdown(make_table("", overview(), {"linear": run(mse=0.02), "a_long_name": run(mse=0.01)}), padded=True)
    lines = text.splitlines()
    assert len({tuple(place for place, letter in enumerate(line) if letter == "|") for line in lines}) == 1
    assert list(cells(text)["linear"]) == [metric.short for metric in overview()]
