"""The whole graph from scratch, twice: the same bytes in any folder, locale and time zone, with any hashes."""

from pathlib import Path

import pytest
from repository import after_repro

pytestmark = pytest.mark.slow

ELSEWHERE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Kolkata", "PYTHONHASHSEED": "7"}


def test_a_run_elsewhere_records_the_same_hashes(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    other = after_repro(tmp_path / "Prüfung mit Leerzeichen" / "hour glass", **ELSEWHERE)
    # asked for only now: another process may be at it, beside this one
    copy = request.getfixturevalue("copy")
    assert other.done("git", "show", "HEAD:dvc.lock") == copy.done("git", "show", "HEAD:dvc.lock")
