"""The whole pipeline has the same bytes in any folder, locale and time zone."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from repository import run_all, smaller

pytestmark = pytest.mark.slow

ELSEWHERE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}
LAST = {"sgd-pictures", "compare"}


def test_a_run_elsewhere_records_the_same_hashes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    other = smaller(tmp_path / "Prüfung mit Leerzeichen" / "hour glass", **ELSEWHERE)
    output = run_all(other)
    copy = request.getfixturevalue("copy")  # late: another pytest worker may make it meanwhile
    assert recorded((other.path / "dvc.lock").read_text()) == recorded((copy.path / "dvc.lock").read_text())
    assert {line.split()[0] for line in output.splitlines() if " ended after " in line} == LAST


def recorded(lock: str) -> dict[str, Any]:
    return dict(yaml.safe_load(lock)["stages"])
