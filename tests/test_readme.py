"""Tests of the results table in README.md."""

from pathlib import Path

import pytest

from hourglass.errors import UserError
from hourglass.readme import results_block, with_block


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
        with pytest.raises(UserError, match=r"compare\.md is damaged"):
            results_block(path)
