"""The whole pipeline has the same bytes in any folder, locale and time zone."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import VARIANTS, make, smaller

pytestmark = pytest.mark.slow

ELSEWHERE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}
STAGES = ["settings", "download", "preprocess-noise", "classifier", "baselines", "sgd-variants", "sweep-pictures"]
STAGES += [
    f"{stage}@{variant}" for stage in ("train", "evaluate", "latent-analysis", "pictures") for variant in VARIANTS
]
LAST = {"sgd-pictures", "compare"}
# each stage in a process of its own, as with DVC, but with the imports of all
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
    other = smaller(tmp_path / "Prüfung mit Leerzeichen" / "hour glass", **ELSEWHERE)
    other.done(sys.executable, "-c", FORKING, *STAGES)
    other.done("env", "PYTHONUTF8=1", "dvc", "commit", "--force", *STAGES)  # DVC needs UTF-8 for "ü"; make sets it
    output = other.done(*make("repro", "JOBS=2"))
    copy = request.getfixturevalue("copy")  # late: another pytest worker may make it meanwhile
    assert recorded((other.path / "dvc.lock").read_text()) == recorded((copy.path / "dvc.lock").read_text())
    assert {line.split()[0] for line in output.splitlines() if " ended after " in line} == LAST


def recorded(lock: str) -> dict[str, Any]:
    return dict(yaml.safe_load(lock)["stages"])
