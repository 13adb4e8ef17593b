"""Locked requirements, no telemetry, no code execution from files, servers on this machine only."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dvc import analytics
from dvc.updater import Updater

ROOT = Path(__file__).parents[1]
CODE = ("src", "stages", "benchmarks")
LOCKED = ("requirements", "requirements-server", "benchmarks/requirements", "sweep/requirements")
PIN = re.compile(r"([\w.-]+)==([^\s;]+)")
RUNS_CODE = "S102,S104,S202,S301,S307,S506,S602,S605,TID251"  # pickle, eval, unsafe YAML, shells, open servers, …
DISABLE_TELEMETRY = ("CI", "GITHUB_ACTIONS", "DO_NOT_TRACK", "DVC_TEST", "PYTEST_CURRENT_TEST", "DVC_NO_ANALYTICS")


def requirements(file: str) -> list[str]:
    """Return the requirements of a file, each with its continuation lines, without comments."""
    lines = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith(("#", "-c"))]


def versions(file: str) -> dict[str, str]:
    """Return version by normalised package name."""
    pins = [PIN.match(entry) for entry in requirements(file)]
    return {re.sub(r"[-_.]+", "-", pin[1]).lower(): pin[2] for pin in pins if pin}


@pytest.mark.parametrize("name", LOCKED)
def test_every_package_is_locked_with_its_hashes_and_no_index_is_named(name: str) -> None:
    text = "".join((ROOT / f"{name}.{end}").read_text(encoding="utf-8") for end in ("in", "txt"))
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host|(?m:^| )/", text)
    assert versions(f"{name}.in").items() <= versions(f"{name}.txt").items()
    assert all(re.search(r" --hash=sha256:[0-9a-f]{64}$", entry) for entry in requirements(f"{name}.txt"))
    shared = versions("requirements.txt").keys() & versions(f"{name}.txt").keys()
    assert {key: versions(f"{name}.txt")[key] for key in shared}.items() <= versions("requirements.txt").items()


def test_no_file_can_run_code() -> None:
    # numpy.load reads users' .npz files with allow_pickle=False; MLflow's models are code anyway
    exceptions = ("datasets/npz.py", "cli/tables.py", "tracking/served.py")
    allowed = ["--per-file-ignores", ",".join(f"src/hourglass/{file}:TID251" for file in exceptions)]
    command = [sys.executable, "-m", "ruff", "check", "--ignore-noqa", "--select", RUNS_CODE, *allowed, *CODE]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    # ruff overlooks archives that are unpacked to disk
    files = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    assert not [path for path in files if re.search(r"\.extract(all)?\(", path.read_text(encoding="utf-8"))]


def test_dvc_sends_no_telemetry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in DISABLE_TELEMETRY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert analytics.is_enabled()
    monkeypatch.chdir(ROOT)
    assert not analytics.is_enabled()
    assert not Updater(str(tmp_path)).is_enabled()


def test_mlflow_sends_no_telemetry() -> None:
    program = "from hourglass import tracking\nfrom mlflow.telemetry import utils\nprint(utils.is_telemetry_disabled())"
    plain = {key: value for key, value in os.environ.items() if key not in DISABLE_TELEMETRY and "MLFLOW" not in key}
    plain |= {"PYTHONPATH": str(ROOT / "src")}
    result = subprocess.run([sys.executable, "-c", program], env=plain, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "True"


def test_servers_listen_on_this_machine_only() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "Makefile", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    commands = re.findall(r"mlflow (?:models serve|server|ui) .*", text)
    assert [command for command in commands if "--host 127.0.0.1" not in command] == []
