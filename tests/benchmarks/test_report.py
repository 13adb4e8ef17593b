"""From figures to the report."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import report, tables
from benchmarks.results import Spread, file, ratios, share
from hourglass.files import write_json

MADE = {
    "date": "2026-01-02 03:04 UTC",
    "command": "python -m benchmarks",
    "commit": "abc",
    "processor": "Abacus 3000",
    "cores": 2,
    "load_before": 0.1,
    "python": "3.11.7",
    "torch": "2.14.1",
}
ROUNDS = [
    {"this": {"seconds": 1.0}, "lightning": {"seconds": 2.0}, "pythae": {"seconds": 1.5}},
    {"this": {"seconds": 4.0}, "lightning": {"seconds": 9.0}, "pythae": {"seconds": 7.0}},  # a busy round
    {"this": {"seconds": 1.2}, "lightning": {"seconds": 2.52}, "pythae": {"seconds": 1.8}},
]
FACTS = {"images": 60_000, "batch_size": 128, "multiply_adds": 1_000_000}


def _results(**variants: Any) -> dict[str, Any]:
    return {"made": MADE, "threads": 2, "rounds": 3, "variants": variants}


EPOCHS = _results(
    linear=FACTS | {"rate": 1e12, "rounds": ROUNDS},
    strided=FACTS | {"images": 12_000, "rate": 1e12, "rounds": [{e: {"seconds": 10.0} for e in ROUNDS[0]}]},
)


def test_ratios_are_taken_within_a_round() -> None:
    assert ratios(ROUNDS, "lightning") == Spread(2.1, 2.0, 2.25)
    assert ratios(ROUNDS, "this") == Spread(1.0, 1.0, 1.0)
    assert ratios(ROUNDS, "lightning", base="pythae").median == pytest.approx(4 / 3)


@pytest.mark.parametrize(("spread", "text"), [(Spread(1, 1, 1), "1.00"), (Spread(2, 1.5, 3), "2.00 (1.50 to 3.00)")])
def test_a_spread_says_least_and_most_where_they_differ(spread: Spread, text: str) -> None:
    assert spread.text() == text


def test_the_share_counts_three_passes_of_two_operations_a_multiply_add() -> None:
    assert share(multiply_adds=1_000_000, images_per_second=50_000, rate=1e12) == pytest.approx(0.3)


def test_epochs_as_a_table() -> None:
    lines = tables.epochs(EPOCHS).splitlines()
    assert lines[0].endswith("| images timed | Lightning, × | pythae, × |")
    assert (
        lines[2]
        == "| linear | 1.20 (1.00 to 4.00) | 50,000 | 0.30 | 60,000 | 2.10 (2.00 to 2.25) | 1.50 (1.50 to 1.75) |"
    )
    assert lines[3] == "| strided | 10.00 | 6,000 | 0.04 | 12,000 | 1.00 | 1.00 |"
    assert "Lightning on strided, which takes 1.00 times" in lines[-1]
    assert "Lightning on linear, 2.10 times" in lines[-1]


def _training(*seconds: float) -> dict[str, Any]:
    return {"epoch_seconds": list(seconds), "test_mse": 0.02}


def test_whole_trainings_show_how_an_epoch_changes() -> None:
    rounds = [{"this": _training(1, 1, 1), "sheets-0": _training(5, 12, 13)}]
    text = tables.trainings(_results(linear=FACTS | {"rounds": rounds}))
    assert "| linear | sheets' loop | 3 | 30.0 | 10.00 | 5.00 | 12.00 | 13.00 | 0.0200 |" in text
    assert "sheets' loop takes 10.0 times as long for linear" in text


def test_side_by_side_is_in_multiples_of_one_alone() -> None:
    rounds = [{"1": {"images_per_second": 1000.0}, "2": {"images_per_second": 1900.0}}]
    text = tables.side_by_side(_results(linear=FACTS | {"images": 6000, "rounds": rounds}))
    assert "| 2 | 1,900 | 1.90 |" in text
    assert text.endswith("Images: linear 6,000.")


def test_growth_is_in_multiples_of_the_smallest() -> None:
    sizes = {"8": {"seconds": 2.0, "peak_mb": 500.4}, "128": {"seconds": 3.0, "peak_mb": 510.0}}
    text = tables.growth(_results(linear=FACTS | {"rounds": [{"code size": sizes}]}))
    assert "| linear | code size | 8 | 2.00 | 1.00 | 500 |" in text
    assert "| linear | code size | 128 | 3.00 | 1.50 | 510 |" in text


def test_precision_puts_speed_beside_error() -> None:
    rounds = [{"float32": {"seconds": 3.0, "test_mse": 0.02}, "bfloat16": {"seconds": 2.0, "test_mse": 0.021}}]
    text = tables.precision(_results(linear=FACTS | {"epochs": 3, "rounds": rounds}))
    assert "| linear | 3 | 3.00 | 2.00 | 1.50 | 0.02000 | 0.02100 |" in text


def test_descents_are_compared_with_mini_batches_within_a_round() -> None:
    sizes = {"stochastic": 1, "mini-batch": 128, "full-batch": 4000}
    seconds = [(8.0, 1.0, 0.5), (20.0, 2.0, 2.0), (9.0, 1.0, 0.6)]
    rounds = [
        {way: {"seconds": one, "batch_size": size} for (way, size), one in zip(sizes.items(), each, strict=True)}
        for each in seconds
    ]
    text = tables.descents(_results(linear=FACTS | {"images": 1_000_000, "rounds": rounds}))
    assert "| stochastic | 1 | 9.0 (8.0 to 20.0) | 9.00 (8.00 to 10.00) |" in text
    assert "| mini-batch | 128 | 1.0 (1.0 to 2.0) | 1.00 |" in text
    assert "| full-batch | 4,000 | 0.6 (0.5 to 2.0) | 0.60 (0.50 to 1.00) |" in text


def test_the_report_has_what_was_measured_and_nothing_else(tmp_path: Path) -> None:
    write_json(file(tmp_path, "epochs"), EPOCHS)
    report.write(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "Measured 2026-01-02 03:04 UTC by `python -m benchmarks` on Abacus 3000, 2 cores" in text
    assert "## Whole trainings" not in text
    assert (tmp_path / "epochs.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_of_the_whole_graph_is_kept_and_summed_up_by_kind_of_stage(tmp_path: Path) -> None:
    usage = {"started": 0.0, "wall_seconds": 30.0, "cpu_seconds": 40.0, "peak_mb": 700.0, "outcome": "ran"}
    stages = {"train@linear": usage, "train@strided": usage | {"peak_mb": 800.0}, "evaluate@linear": usage}
    cpu = {"training": 80.0, "other_stages": 40.0, "around": 5.0}
    run = {"jobs": 2, "cores": 4, "wall_seconds": 90.0, "cpu_seconds": cpu, "stages": stages}
    write_json(tmp_path / "run.json", run)
    report.keep_graph(tmp_path / "run.json", tmp_path)
    report.write(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| train | 2 | 60 | 80 | 800 |" in text
    assert "took 1.5 minutes with 2 stages at a time on 4 cores" in text
    assert "80 were training and 45 (36%) were not: 40 in other stages, 5 in what runs them" in text
