"""A small pipeline that has run, and clones of it: with or without its cache, and a remote that has it all."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from small_pipeline import Clone, finished

Cloned = Callable[..., Clone]


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return finished(tmp_path_factory.mktemp("ci") / "origin")


@pytest.fixture
def cloned(origin: Clone, tmp_path: Path) -> Cloned:
    """`cloned(cache="warm", remote="full")`: a fresh clone, on a branch of its own."""

    def clone(cache: str = "empty", remote: str = "none") -> Clone:
        made = Clone(tmp_path / "clone")
        origin.done("git", "clone", "--quiet", ".", str(made.path))
        made.done("git", "checkout", "--quiet", "-b", "change")
        if cache == "warm":
            shutil.copytree(origin.path / ".dvc/cache", made.path / ".dvc/cache")
        if remote == "full":
            shutil.copytree(origin.path / ".dvc/cache", tmp_path / "remote")
        if remote != "none":
            config = made.path / ".dvc/config.local"
            config.write_text(f"[core]\n    remote = store\n['remote \"store\"']\n    url = {tmp_path / 'remote'}\n")
        return made

    return clone
