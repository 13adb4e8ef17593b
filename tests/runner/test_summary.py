"""The end of `make repro`: the comparison's table in 80 columns."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from hourglass.errors import UserError
from hourglass.runner import summary

TEXT = """
| variant | test MSE | PSNR on noisy images, dB |
| --- | ---: | ---: |
| linear (latent 8) | **0.0190 ± 0.0011** | 14.21 ± 0.03 |
| convolutional_denoising | 0.0212 | **15.00** |

Bold marks the best mean.

## All metrics
"""


def show(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / "metrics").mkdir()
    (folder / "metrics/compare.md").write_text(text)
    monkeypatch.chdir(folder)
    file = io.StringIO()
    summary.show(Console(file=file, width=80))
    return file.getvalue()


def test_the_table_has_a_row_per_variant_in_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = show(tmp_path, TEXT, monkeypatch).splitlines()
    assert max(map(len, lines)) <= 80
    (linear,) = [line for line in lines if line.startswith("linear")]
    assert linear.split()[-2:] == ["*0.0190±0.0011", "14.21±0.03"]
    assert lines[-1] == "open plots/compare/index.html"


def test_a_damaged_comparison_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"^metrics/compare\.md is damaged; delete it and run `dvc repro compare`$"):
        show(tmp_path, TEXT[:100], monkeypatch)
