"""The README says what the repository does."""

import re
from pathlib import Path

from stages.paths import METRICS
from stages.readme import README, with_results

TEXT = README.read_text(encoding="utf-8")


def test_the_results_in_the_readme_are_those_of_the_last_run() -> None:
    assert with_results(TEXT, (METRICS / "compare.md").read_text(encoding="utf-8")) == TEXT


def test_every_target_that_the_readme_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {word for line in re.findall(r"`make ([a-z ]+)", TEXT) for word in line.split()}
    assert named
    assert named <= targets


def test_every_picture_in_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)
    assert pictures
    assert [name for name in pictures if not Path(name).is_file()] == []
