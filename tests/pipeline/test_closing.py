"""The last lines of `make repro`: in 80 columns, and all that the comparison says first."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT
from rich.console import Console

from hourglass.errors import UserError
from hourglass.paths import METRICS, other_results
from hourglass.readme import brief

COMPARED = [METRICS, *(folder / METRICS for folder in other_results())]


def _shown(columns: int = 80, terminal: bool = False) -> str:
    file = io.StringIO()
    closing.show(Console(file=file, width=columns, force_terminal=terminal, color_system=None))
    return file.getvalue()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the comparison says what a test lets it say."""
    (tmp_path / METRICS).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / METRICS / "compare.md"


@pytest.mark.parametrize("metrics", COMPARED, ids=str)
def test_a_variant_is_a_line_of_at_most_80_columns_with_every_figure(metrics: Path, here: Path) -> None:
    shutil.copy(ROOT / metrics / "compare.md", here)
    lines = _shown().splitlines()
    assert max(map(len, lines)) <= 80
    rows = [line for line in brief(here).splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 12
    for row in rows:
        cells = [cell.strip().replace(" ± ", "±") for cell in row.strip("| ").split("|")]
        cells = [f"*{cell.strip('*')}" if cell.startswith("**") else cell for cell in cells]
        assert [line.split() for line in lines if line.startswith(f"{cells[0]} ")] == [cells]


def test_verdicts_are_whole_and_wrapped_where_the_terminal_ends(here: Path) -> None:
    shutil.copy(ROOT / METRICS / "compare.md", here)
    verdicts = [line for line in brief(here).splitlines() if line.startswith("- ")]
    assert len(verdicts) == 3
    for columns in (60, 80, 160):
        shown = _shown(columns)
        assert max(map(len, shown.splitlines())) <= columns
        for verdict in verdicts:
            assert verdict.removeprefix("- ").replace("**", "") in " ".join(shown.split())


def test_a_narrow_terminal_loses_no_digit(here: Path) -> None:
    here.write_text(f"| variant | test MSE |\n| --- | ---: |\n| {'a' * 23} | **0.0122 ± 0.0001** |\n\n## All\n")
    words = "".join(_shown(24).partition("MSE")[2].split())
    assert words.count("a") >= 23
    assert [digit for digit in words if digit in "*.±0123456789"][:14] == list("*0.0122±0.0001")


def test_what_has_collapsed_is_said_below_the_name(here: Path) -> None:
    name = "convolutional_denoising"
    here.write_text(f"| variant | code |\n| --- | ---: |\n| {name} (1 of 3 collapsed) | 10 |\n\n## All figures\n")
    assert [line.rstrip() for line in _shown().splitlines() if line.strip()][1:3] == [
        f"{name}   10",
        "(1 of 3 collapsed)",
    ]


def test_a_comparison_that_is_missing_or_cut_off_is_a_sentence(here: Path) -> None:
    command = [sys.executable, "-m", "hourglass.runner.summary"]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: metrics/compare.md is missing; `dvc repro compare` makes it\n"
    whole = (ROOT / METRICS / "compare.md").read_text(encoding="utf-8")
    here.write_text(whole[:300], encoding="utf-8")
    with pytest.raises(UserError, match="is damaged"):
        _shown()


def test_it_waits_for_no_library_that_it_does_not_need() -> None:
    code = "import sys, hourglass.runner.summary; print({'torch', 'mlflow', 'numpy', 'dvc'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
