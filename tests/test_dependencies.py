"""Stages depend in dvc.yaml on the packages that they import."""

import ast
from pathlib import Path

import pytest
import yaml
from repository import ROOT

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
# packages that decide no result: messages, MLflow, formats of records, and settings, which are outputs of a stage
EXEMPT = {"errors", "files", "palette", "paths", "progress", "records", "runner", "signals", "tracking"}
EXEMPT |= {"checkpoints", "schema", "settings", "sweep"}
DEVICE = {"classifier": {"training"}}  # of which it takes the choice of the device only


def imported(file: Path) -> set[str]:
    """Return the packages of hourglass that a file imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = [
        f"{node.module}.{alias.name}" if node.module == "hourglass" else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    return {module.split(".")[1] for module in modules if module.startswith("hourglass.")}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_the_packages_that_it_imports(name: str) -> None:
    deps = STAGES[name].get("do", STAGES[name])["deps"]
    entry = f"stages/{name.replace('-', '_')}.py"
    packages = {Path(dep).parts[2].removesuffix(".py") for dep in deps if dep.startswith("src/hourglass/")}
    needed = imported(ROOT / entry) - EXEMPT
    for package in packages - EXEMPT:  # and on what those import
        path = ROOT / "src/hourglass" / package
        needed |= {
            one for file in [*path.rglob("*.py"), path.with_suffix(".py")] if file.exists() for one in imported(file)
        }
    assert entry in deps
    assert needed - EXEMPT - packages - DEVICE.get(name, set()) == set()
