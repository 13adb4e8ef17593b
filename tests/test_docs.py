"""Documents: links lead somewhere, named targets and tests exist, and the words are the glossary's."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from dvc.repo import Repo

from hourglass.paths import METRICS
from hourglass.summary import results_block, with_block

PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").glob("*.md"))]
README = Path("README.md").read_text(encoding="utf-8")
OUTDATED = re.compile(
    r"\b(judges?|verdicts?|yardsticks?|live units?|code numbers?|code size|held against|made anew|begins? anew|"
    r"comes? to the same|in words|for want of|is to be had|such as have|what becomes of|what it goes by|told|"
    r"trainings|variational_plain)\b",
    re.IGNORECASE,
)
SPOKEN = ("src", "stages", "benchmarks", "README.md", "CONTRIBUTING.md", "docs", "params.yaml", "dvc.yaml", "Makefile")


def test_no_outdated_word_is_used() -> None:
    listed = subprocess.run(["git", "ls-files", *SPOKEN], capture_output=True, text=True, check=True).stdout.split("\n")
    text_files = [Path(name) for name in listed if name and Path(name).suffix not in {".png", ".txt", ".csv"}]
    hits = [
        f"{path}:{number}: {match[0]}"
        for path in text_files
        if path.exists()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := OUTDATED.search(line)) and '"judge", ' not in line  # seeds keep the names they were derived from
    ]
    assert hits == []


def test_readme_is_short() -> None:
    assert len(README.splitlines()) <= 160
    assert len(Path("CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 120
    prose = re.sub(r"```.*?```|<!--.*?-->|^\|.*?$|\[([^]]*)\]\([^)]*\)", r"\1", README, flags=re.DOTALL | re.MULTILINE)
    sentences = [sentence for block in prose.split("\n\n") for sentence in re.split(r"(?<=[.!?:])\s", block)]
    assert [sentence for sentence in sentences if len(sentence.split()) > 30] == []


def test_readme_shows_the_last_results() -> None:
    assert with_block(README, "fashion_mnist", results_block(METRICS / "compare.md")) == README


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_graph_is_the_one_of_dvc() -> None:
    with Repo() as repo:
        graph = repo.index.graph  # from a stage to what it depends on
        edges = {tuple(stage.addressing.partition("@")[0] for stage in edge[::-1]) for edge in graph.edges}
    drawn = re.findall(r"^\t(\S+) --> (\S+)$", Path("docs/pipeline.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(drawn) == sorted(
        edge for edge in edges if edge[0] not in {"settings", "sweep"} and "sweep" not in edge[1]
    )


def test_every_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {word for line in re.findall(r"`make ([a-z-]+)", text) for word in line.split()} <= targets


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", Path("docs/reliability.md").read_text(encoding="utf-8"))
    assert named
    trees = {file: ast.parse(Path(file).read_text(encoding="utf-8")) for file, _ in named}
    defined = {
        (file, node.name)
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    assert [test for test in named if test not in defined] == []
