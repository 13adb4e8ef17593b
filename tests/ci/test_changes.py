"""docs/ci.md says which stages a change makes run as dvc.yaml has it, and names tests that are there."""

import ast
import re

import changes
import pytest
from changes import CHANGES, ROOT

TEXT = changes.FILE.read_text(encoding="utf-8")


def test_the_table_is_as_dvc_yaml_has_it() -> None:
    assert changes.written(TEXT) == TEXT


@pytest.mark.parametrize("tried", sorted({change.tried for change in CHANGES if change.tried}))
def test_a_test_that_is_named_is_there(tried: str) -> None:
    file, _, name = tried.partition("::")
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_only_the_seed_torch_and_the_code_of_trainings_train_everything_anew() -> None:
    assert re.findall(r"^\| (.*?) \| .*\btrain of all\b", TEXT, re.MULTILINE) == [
        "`seed`",
        "a docstring in `training/loop.py`",
        "version of torch in requirements.txt",
    ]
