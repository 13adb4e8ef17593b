"""The table of main results: in README.md, and in 80 columns at the end of `make repro`."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from hourglass.errors import UserError
from hourglass.summary import results_block, show, with_block

TEXT = """
| variant | test MSE | PSNR on noisy images, dB |
| --- | ---: | ---: |
| linear (latent 8) | **0.0190 ± 0.0011** | 14.21 ± 0.03 |
| convolutional_denoising | 0.0212 | **15.00** |

Bold marks the best mean.

## All metrics
"""


def markers(run: str, content: str) -> str:
    return f"<!-- results of {run}, written by `make readme` -->\n\n{content}\n\n<!-- end of results of {run} -->"


def test_results_replace_those_of_the_same_run_only() -> None:
    readme = f"{markers('a', 'old')}\n{markers('b', 'old')}"
    assert with_block(readme, "b", "new\n") == f"{markers('a', 'old')}\n{markers('b', 'new')}"
    with pytest.raises(UserError, match=r"README\.md has no markers for the results of c"):
        with_block(readme, "c", "new")


def test_the_block_is_what_precedes_the_first_heading(tmp_path: Path) -> None:
    path = tmp_path / "compare.md"
    with pytest.raises(UserError, match=r"compare\.md is missing; run `dvc repro compare`"):
        results_block(path)
    path.write_text("| table |\n\nNote.\n\n## Heading\n")
    assert results_block(path) == "| table |\n\nNote.\n"
    for damaged in (b"| table |\n", b"| table |\n\n## Head", b"\xff\xfe\n## a\n"):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match=r"compare\.md is damaged; delete it and run `dvc repro compare`$"):
            results_block(path)


def test_the_table_has_a_row_per_variant_in_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics/compare.md").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    file = io.StringIO()
    show(Console(file=file, width=80))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines[:-2])) <= 80
    (linear,) = [line for line in lines if line.startswith("linear")]
    assert linear.split()[-2:] == ["*0.0190±0.0011", "14.21±0.03"]
    assert lines[-1] == f"The comparison in a browser: {tmp_path}/plots/compare/index.html"
