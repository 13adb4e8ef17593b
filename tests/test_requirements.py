"""What is installed is locked: every package, its version and its bytes."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAIRS = ("requirements", "requirements-server", "benchmarks/requirements", "sweep/requirements")
PIN = re.compile(r"([\w.-]+)==([^\s;]+)")
QUIET = {"DVC_NO_ANALYTICS": "1", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}


def entries(file: str) -> list[str]:
    """The requirements of a file, each with its continuation lines, without comments."""
    lines = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith(("#", "-c"))]


def pins(file: str) -> set[tuple[str, str]]:
    """Names, as pip compares them, and versions."""
    found = [PIN.match(entry) for entry in entries(file)]
    return {(re.sub(r"[-_.]+", "-", match[1]).lower(), match[2]) for match in found if match}


@pytest.mark.parametrize("pair", PAIRS)
def test_what_is_asked_for_is_what_is_locked(pair: str) -> None:
    assert len(pins(f"{pair}.in")) == len(entries(f"{pair}.in")) > 0
    assert pins(f"{pair}.in") <= pins(f"{pair}.txt")


@pytest.mark.parametrize("pair", PAIRS)
def test_every_locked_package_has_one_version_and_its_hashes(pair: str) -> None:
    locked = entries(f"{pair}.txt")
    assert [entry for entry in locked if not re.search(r" --hash=sha256:[0-9a-f]{64}$", entry)] == []
    assert len(dict(pins(f"{pair}.txt"))) == len(locked)


@pytest.mark.parametrize(
    ("beside", "common"),
    [("requirements-server", "mlflow"), ("benchmarks/requirements", "torch"), ("sweep/requirements", "click")],
)
def test_what_is_installed_beside_the_project_has_its_versions(beside: str, common: str) -> None:
    project, other = dict(pins("requirements.txt")), dict(pins(f"{beside}.txt"))
    shared = project.keys() & other.keys()
    assert common in shared
    assert {name: project[name] for name in shared} == {name: other[name] for name in shared}


@pytest.mark.parametrize("file", [f"{pair}.{end}" for pair in PAIRS for end in ("in", "txt")])
def test_no_place_is_named_from_which_packages_come(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host|(?m:^| )/", text)


def made(folder: Path, requirements: str) -> subprocess.CompletedProcess[str]:
    """`make venv` in a folder with these requirements and no package index; wheels are looked for in the folder."""
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    offline = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": folder.as_uri()}
    return subprocess.run(["make", "venv"], cwd=folder, env=offline, capture_output=True, text=True, check=False)


def test_the_environment_tells_nobody_and_loads_no_pickle(tmp_path: Path) -> None:
    made(tmp_path, "")
    show = ["bash", "-c", "source .venv/bin/activate && env"]
    said = subprocess.run(show, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert {f"{name}={value}" for name, value in QUIET.items()} <= set(said.stdout.splitlines())


def test_an_altered_package_is_not_installed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "thing-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("thing.py", "")
    result = made(tmp_path, f"thing==1.0 --hash=sha256:{'0' * 64}\n")
    assert "DO NOT MATCH THE HASHES" in result.stderr
    assert result.returncode != 0
    assert not list((tmp_path / ".venv").rglob("thing.py"))
    assert not (tmp_path / ".venv" / ".ready").exists()
