"""dvc.yaml names what its stages' results follow from: nothing is missing, and nothing makes one stale without need."""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dependencies import EXEMPT, REGISTRIES, ROOT, closure, problems, stages, used

from hourglass.corruptions import CORRUPTIONS
from hourglass.losses import LOSSES

STAGES = stages()
DEPENDENCIES = [(name, dep) for name, described in STAGES.items() for dep in described["deps"]]


@pytest.mark.parametrize("stage", STAGES)
def test_dependencies_are_what_the_code_imports_and_reads(stage: str) -> None:
    assert problems(stage, STAGES[stage]) == []


@pytest.mark.parametrize(("stage", "dep"), DEPENDENCIES)
def test_a_dependency_that_is_taken_away_is_missed(stage: str, dep: str) -> None:
    left = [other for other in STAGES[stage]["deps"] if other != dep]
    assert problems(stage, STAGES[stage] | {"deps": left}) != []


@pytest.mark.parametrize(
    "beyond", ["src/hourglass/pipeline", "src/hourglass/comparison/page.py", "src/hourglass/gone.py", "data/other"]
)
@pytest.mark.parametrize("stage", STAGES)
def test_a_dependency_without_need_is_noticed(stage: str, beyond: str) -> None:
    if stage == "compare" and "comparison" in beyond:
        return
    described: dict[str, Any] = STAGES[stage] | {"deps": [*STAGES[stage]["deps"], beyond]}
    assert [found for found in problems(stage, described) if beyond in found]


def test_a_setting_taken_past_the_stage_settings_is_noticed() -> None:
    assert problems("train", STAGES["train"] | {"params": ["train"]}) != []


def test_every_exemption_is_of_something_that_is_there() -> None:
    assert [place for place in EXEMPT if not (ROOT / place).exists()] == []


def test_what_decides_a_training_is_found_through_packages_that_hand_it_on() -> None:
    found = closure(Path("stages/train.py"))
    assert {"src/hourglass/models/layers.py", "src/hourglass/training/loop.py", "src/hourglass/data/images.py"} <= found
    beyond = {"src/hourglass/evaluation/cost.py", "src/hourglass/data/sources.py", "src/hourglass/figures/style.py"}
    assert not beyond & found


@pytest.mark.parametrize(
    "package", sorted((ROOT / "src/hourglass").rglob("__init__.py")), ids=lambda file: file.parent.name
)
def test_a_package_hands_on_names_and_decides_nothing(package: Path) -> None:
    if package.parent.name == "tracking":  # quietens MLflow before it is imported; exempt as a whole
        return
    registry = package.parent.relative_to(ROOT).as_posix() in REGISTRIES
    for node in ast.parse(package.read_text(encoding="utf-8")).body:
        listed = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert listed or text or isinstance(node, ast.ImportFrom) or (registry and isinstance(node, ast.AnnAssign))


@pytest.mark.parametrize(
    ("registry", "entries", "name", "shared"),
    [(CORRUPTIONS, "data.corruptions", "CORRUPTION", "kind"), (LOSSES, "losses", "LOSS", "loss")],
)
def test_an_entry_is_in_the_file_of_its_name_and_needs_no_other_entry(
    registry: dict[str, Any], entries: str, name: str, shared: str
) -> None:
    folder = f"src/hourglass/{entries.replace('.', '/')}"
    for key, entry in registry.items():
        assert getattr(import_module(f"hourglass.{entries}.{key}"), name) is entry
        own = {file for file in used(f"{folder}/{key}.py") if file.startswith(folder)}
        assert own == {f"{folder}/{shared}.py"}


def test_images_as_they_are_come_first() -> None:
    assert next(iter(CORRUPTIONS)) == "none"  # so the pages have it
