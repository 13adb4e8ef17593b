"""DVC draws all variants on one chart: a real repository, its chart as SVG."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import vl_convert
import yaml

from hourglass.report import write_losses

ROOT = Path(__file__).resolve().parent.parent
LOSSES = "plots/compare/losses.csv"
OLDEST = "5.8"  # DVC's own page loads Vega-Lite 5.2, older than any that vl_convert has
TWELVE = [f"variant_{number}" for number in range(12)]


class Repository:
    """A git and DVC repository with losses of made-up variants."""

    def __init__(self, path: Path) -> None:
        self.path = path
        cleaned = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
        people = {
            f"GIT_{role}_{key}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
        }
        self.environment = cleaned | people | {"DVC_NO_ANALYTICS": "1"}
        self.run("git", "init", "--quiet")
        self.run(sys.executable, "-m", "dvc", "init", "--quiet")
        shutil.copytree(ROOT / ".dvc/plots", path / ".dvc/plots")
        stages = {"compare": {"cmd": "made up", "plots": [{LOSSES: _entry()}]}}
        (path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))

    def run(self, *command: str) -> str:
        result = subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def write(self, variants: list[str], scale: float = 1.0) -> None:
        """Losses of variants, of three epochs each; of one named pca a closed form's, of none."""
        write_losses(
            {
                name: _losses([0] if name == "pca" else [1, 2, 3], scale * (1 + place))
                for place, name in enumerate(variants)
            },
            self.path / LOSSES,
        )

    def commit(self) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", "losses")

    def chart(self, *command: str) -> ElementTree.Element:
        """What `dvc plots` draws, as SVG."""
        spec = self.run(sys.executable, "-m", "dvc", "plots", *command, "--show-vega")
        return ElementTree.fromstring(vl_convert.vegalite_to_svg(spec, OLDEST))


def _entry() -> dict[str, Any]:
    """How this repository's dvc.yaml has the losses drawn."""
    outputs = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["compare"]["plots"]
    (entry,) = [output[LOSSES] for output in outputs if LOSSES in output]
    return dict(entry)


def _losses(epochs: list[int], loss: float) -> dict[str, list[tuple[int, float]]]:
    return {
        "training": [(epoch, loss / 10 / (1 + epoch)) for epoch in epochs],
        "test": [(epoch, loss / 9 / (1 + epoch)) for epoch in epochs],
    }


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def _texts(chart: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in chart.iter("{http://www.w3.org/2000/svg}text")]


def _marks(chart: ElementTree.Element, kind: str) -> list[tuple[str, str, str]]:
    """Variant, set and revision of every mark of a kind that is drawn."""
    drawn = [mark for mark in chart.iter() if mark.get("aria-roledescription") == kind and mark.get("aria-label")]
    labels = [dict(re.findall(r"([^:;]+): ([^;]+)(?:; |$)", mark.get("aria-label") or "")) for mark in drawn]
    return [(label["variant"], label["set"], label["revision"]) for label in labels]


def _expected(variants: list[str], revision: str = "workspace") -> Counter[tuple[str, str, str]]:
    return Counter((name, part, revision) for name in variants for part in ("training", "test"))


def test_every_variant_is_a_line_in_both_panels_and_a_name_in_the_legend(repository: Repository) -> None:
    repository.write([*TWELVE, "pca"])
    chart = repository.chart("show", LOSSES)
    assert Counter(_marks(chart, "line mark")) == _expected([*TWELVE, "pca"])
    assert Counter(_marks(chart, "rule mark")) == _expected(["pca"])  # no epochs: a line across the panel
    entry = _entry()
    assert set(_texts(chart)) >= {*TWELVE, "pca", "training", "test", "epoch", entry["y_label"], entry["title"]}
    assert {"0.1", "1"} <= set(_texts(chart))  # on a logarithmic scale
    lines = [mark for mark in chart.iter() if mark.get("aria-roledescription") == "line mark"]
    assert len({mark.get("stroke") for mark in lines}) == 13
    for mark in lines:  # from left to right: epochs are numbers, not the texts that DVC hands over
        places = [float(x) for x in re.findall(r"[ML]([\d.]+),", mark.get("d") or "")]
        assert places == sorted(places)


def test_a_new_variant_appears_by_itself(repository: Repository) -> None:
    repository.write(["linear"])
    assert "mine" not in _texts(repository.chart("show", LOSSES))
    repository.write(["linear", "mine"])
    chart = repository.chart("show", LOSSES)
    assert Counter(_marks(chart, "line mark")) == _expected(["linear", "mine"])
    assert "mine" in _texts(chart)


def test_two_commits_are_on_one_chart_with_a_line_style_each(repository: Repository) -> None:
    repository.write(["linear"])
    repository.commit()
    repository.write(["linear", "mine"], scale=0.8)
    repository.commit()
    chart = repository.chart("diff", "HEAD~1", "HEAD", "--targets", LOSSES)
    now, before = _expected(["linear", "mine"], "HEAD"), _expected(["linear"], "HEAD~1")
    assert Counter(_marks(chart, "line mark")) == now + before
    assert {"HEAD", "HEAD~1"} <= set(_texts(chart))
    lines = [mark for mark in chart.iter() if mark.get("aria-roledescription") == "line mark"]
    assert len({mark.get("stroke-dasharray") for mark in lines}) == 2
