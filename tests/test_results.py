"""Figures of other data sets in git are of the code and the settings that are in git with them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from hourglass.paths import RESULTS, other_results

HERE = Path()


def code(folder: Path) -> dict[str, dict[str, str]]:
    """What each stage ran with, by name, as its lock file has it: the hash of every file of code."""
    stages = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    return {
        name: {dep["path"]: dep["md5"] for dep in stage.get("deps", ()) if dep["path"].startswith(("src/", "stages/"))}
        for name, stage in stages.items()
    }


def settings(folder: Path) -> dict[str, Any]:
    """What each stage was told, but for the data set and the codes on its map."""
    found = {}
    for path in sorted((folder / "settings").rglob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        told.pop("dataset", None)
        told.get("latent_analysis", {}).pop("samples", None)
        found[path.relative_to(folder / "settings").as_posix()] = told
    return {name: told for name, told in found.items() if "sweep" not in name}


def test_what_is_half_written_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert other_results() == []
    for name in ("mnist", ".mnist.part.7", "digits"):
        (RESULTS / name).mkdir(parents=True)
    assert other_results() == [RESULTS / "digits", RESULTS / "mnist"]


@pytest.mark.parametrize("there", other_results(), ids=str)
def test_they_are_of_the_same_code_and_settings(there: Path) -> None:
    assert code(there) == code(HERE)
    assert settings(there) == settings(HERE)
