"""What a stage that failed has left is made what it was, whatever git has of it."""

from pathlib import Path

import pytest

from hourglass.ci.copies import copies


def test_what_changed_is_new_or_is_gone_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("metrics/one.json", "metrics/all/a.json", "metrics/all/deep/b.json", "metrics/ended.json"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("before")
    old = {path: path.read_bytes() for path in Path().rglob("*.json")}
    with copies(["metrics/one.json", "metrics/all", "metrics/new.json", "metrics/ended.json"]) as before:
        for name in ("one", "all/a", "all/c", "new", "ended"):
            Path(f"metrics/{name}.json").write_text("half")
        Path("metrics/all/deep/b.json").unlink()
        before.put_back(["metrics/one.json", "metrics/all", "metrics/new.json"])
    old[Path("metrics/ended.json")] = b"half"
    assert {path: path.read_bytes() for path in Path().rglob("*.json")} == old
