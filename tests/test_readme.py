"""The README says what the repository does."""

import json
import re
from pathlib import Path

import pytest
import yaml

from hourglass.errors import UserError
from hourglass.paths import METRICS, other_results
from hourglass.readme import GRAPH, brief, results_of, with_part
from hourglass.runner.diagram import graph

README = Path("README.md")

TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("metrics", [METRICS, *(folder / METRICS for folder in other_results())], ids=str)
def test_the_results_in_the_readme_are_those_of_the_last_run(metrics: Path) -> None:
    dataset = json.loads((metrics / "compare.json").read_text(encoding="utf-8"))["dataset"]
    assert with_part(TEXT, results_of(dataset), brief(metrics / "compare.md")) == TEXT


def test_the_graph_in_the_readme_is_that_of_dvc_yaml() -> None:
    assert with_part(TEXT, GRAPH, graph()) == TEXT


def test_the_graph_shows_every_stage_and_no_arrow_that_others_say() -> None:
    shown = graph()
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert re.findall(r"^\| ([a-z][a-z-]*) \|", shown, re.MULTILINE) == ["stage", *stages]
    assert "  train --> evaluate\n" in shown
    assert "  preprocess-noise --> evaluate\n" not in shown
    assert "  train[[train]]\n" in shown


def test_results_take_the_place_of_older_ones_of_the_same_run_only() -> None:
    places = [
        f"<!-- results of {w}, written by `make readme` -->\n\nold\n\n<!-- end of results of {w} -->" for w in "ab"
    ]
    text = with_part("\n".join(places), results_of("b"), "new\n")
    assert text == "\n".join([places[0], places[1].replace("old", "new")])
    with pytest.raises(UserError, match=r"README\.md has no place for results of c: .* results of c,"):
        with_part(text, results_of("c"), "new")


def test_every_target_that_the_readme_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {word for line in re.findall(r"`make ([a-z -]+)", TEXT) for word in line.split()}
    assert named
    assert named <= targets


def test_every_picture_in_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT)
    assert pictures
    assert [name for name in pictures if not Path(name).is_file()] == []


@pytest.mark.parametrize("page", [README, Path("CONTRIBUTING.md"), *sorted(Path("docs").glob("*.md"))], ids=str)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
