"""The whole graph from scratch, twice: the same bytes in any folder, locale and time zone, with any hashes."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import VARIANTS, make, smaller

pytestmark = pytest.mark.slow

ELSEWHERE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}
OF_EACH = ("train", "evaluate", "latent-analysis", "pictures")
STAGES = ["settings", "download", "preprocess-noise", "classifier", "baselines", "sgd-variants", "sweep-pictures"]
STAGES += [f"{stage}@{variant}" for stage in OF_EACH for variant in VARIANTS]
LEFT = {"sgd-pictures", "compare"}
# each in a process of its own, as with DVC, that has imported the libraries once and for all
FORKING = """
import os, sys
from importlib import import_module
main = {stage: import_module("stages." + stage.partition("@")[0].replace("-", "_")).main for stage in sys.argv[1:]}
for stage in main:
    if not (child := os.fork()):
        main[stage](*stage.split("@")[1:])
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{stage} failed")
"""


def test_a_run_elsewhere_records_the_same_hashes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """There, DVC is told of what all stages but the last have left, and those run by `make repro`."""
    other = smaller(tmp_path / "Prüfung mit Leerzeichen" / "hour glass", **ELSEWHERE)
    other.done(sys.executable, "-c", FORKING, *STAGES)
    other.done("env", "PYTHONUTF8=1", "dvc", "commit", "--force", *STAGES)  # as make has it: DVC knows no "ü" without
    said = other.done(*make("repro", "JOBS=2"))
    # asked for only now: another process may be at it, beside this one
    copy = request.getfixturevalue("copy")
    assert recorded((other.path / "dvc.lock").read_text()) == recorded(copy.done("git", "show", "HEAD:dvc.lock"))
    assert {line.split()[0] for line in said.splitlines() if " ended after " in line} == LEFT


def recorded(lock: str) -> dict[str, Any]:
    return dict(yaml.safe_load(lock)["stages"])
