"""Stages write the same bytes in any folder, locale and time zone. For the comparison, see test_pipeline.py."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml
from repository import ELSEWHERE, FORKING, Copy, stages_of

from hourglass.files import sha256

pytestmark = pytest.mark.slow

STAGES = [*stages_of(["denoising_vae"]), "sgd-pictures"]


def test_stages_write_the_same_bytes_elsewhere(finished: Path, tmp_path: Path) -> None:
    other = Copy(tmp_path / "Prüfung mit Leerzeichen" / "hour glass", **ELSEWHERE)
    shutil.copytree(finished, other.path, ignore=shutil.ignore_patterns("mlflow-artifacts", "cache"))
    lock = yaml.safe_load((finished / "dvc.lock").read_text())["stages"]
    outputs = [output["path"] for stage in STAGES for output in lock[stage]["outs"]]
    for path in (other.path / name for name in outputs):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    other.done(sys.executable, "-c", FORKING, *STAGES)
    before, after = ({name: hashes(path / name) for name in outputs} for path in (finished, other.path))
    assert after == before


def hashes(path: Path) -> dict[str, str]:
    """Return the hash of a file, or of each file in a folder."""
    files = [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]
    return {file.relative_to(path.parent).as_posix(): sha256(file) for file in files}
