"""Committed results belong to the committed code and settings, on every data set."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from hourglass.paths import RESULTS

HERE = Path()


def code(folder: Path) -> dict[str, dict[str, str]]:
    """Return, by stage, the hash of each code dependency in a lock file."""
    stages = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    return {
        name: {dep["path"]: dep["md5"] for dep in stage.get("deps", ()) if dep["path"].startswith(("src/", "stages/"))}
        for name, stage in stages.items()
    }


def settings(folder: Path) -> dict[str, Any]:
    """Return each stage's settings without those that differ by data set."""
    loaded = {}
    for path in sorted((folder / "settings").rglob("*.json")):
        if "sweep" not in path.stem:
            values = json.loads(path.read_text(encoding="utf-8"))
            values.pop("dataset", None)
            values.get("latent_analysis", {}).pop("samples", None)
            values.get("sgd", {}).pop("learning_rate", None)
            loaded[path.relative_to(folder / "settings").as_posix()] = values
    return loaded


def test_files_keep_their_line_ends(tmp_path: Path) -> None:
    clone = ["git", "clone", "--quiet", "--config", "core.autocrlf=true", ".", str(tmp_path / "clone")]
    subprocess.run(clone, check=True)
    for name in ("dvc.lock", "params.yaml", "metrics/sweep.csv", "src/hourglass/errors.py", ".ci/run"):
        assert b"\r" not in (tmp_path / "clone" / name).read_bytes()


@pytest.mark.parametrize("folder", sorted(RESULTS.glob("[!.]*")), ids=str)  # hidden folders are incomplete
def test_results_have_the_same_code_and_settings(folder: Path) -> None:
    assert code(folder) == code(HERE)
    assert settings(folder) == settings(HERE)
