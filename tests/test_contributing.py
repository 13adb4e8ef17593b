"""CONTRIBUTING.md says where things are, and its recipes name what is there."""

import re

import pytest
import repository_map
from repository_map import ROOT

TEXT = repository_map.FILE.read_text(encoding="utf-8")
RECIPES = TEXT.split("## Recipes")[1].split("## What")[0]


def test_the_map_has_every_file_as_it_describes_itself() -> None:
    assert repository_map.written(TEXT) == TEXT


@pytest.mark.parametrize("file", sorted(set(re.findall(r"tests/[\w/]+\.py", TEXT))))
def test_a_test_that_is_named_is_there(file: str) -> None:
    assert (ROOT / file).is_file()


@pytest.mark.parametrize(("file", "title"), re.findall(r"\*(tests/[\w/]+\.py): ([^.]+)\.\*", RECIPES))
def test_a_test_that_follows_a_recipe_has_its_title(file: str, title: str) -> None:
    assert f"def test_{title.replace(' ', '_')}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("SCORES", "evaluation/scores.py"),
        ("METRICS", "metrics.py"),
        ("DATASETS", "data/datasets.py"),
        ("Code", "settings/network.py"),
        ("A_NUMBER", "settings/sizes.py"),
        ("KINDS", "models/store.py"),
        ("CODES", "models/codes.py"),
    ],
)
def test_what_a_recipe_names_is_where_it_says(name: str, file: str) -> None:
    assert f"`{name}`" in RECIPES
    assert file in RECIPES
    assert re.search(rf"^{name}\b.* = ", (ROOT / "src/hourglass" / file).read_text(encoding="utf-8"), re.MULTILINE)
