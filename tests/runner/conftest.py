"""A small pipeline, before and after its first run."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import made_once
from small_pipeline import Small, create

from hourglass.runner.__main__ import main


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Handle SIGINT as at a terminal; a shell ignores it in background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Nothing has run here."""
    return create(tmp_path_factory.mktemp("runner") / "template")


@pytest.fixture(scope="session")
def parallel(template: Small, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """All stages have run here, three at a time."""

    def run(path: Path) -> None:
        result = Small(shutil.copytree(template.path, path)).call(main, "--jobs", "3")
        assert result.returncode == 0, result.stdout

    return Small(made_once(tmp_path_factory, "parallel", run))


@pytest.fixture
def small(parallel: Small, tmp_path: Path) -> Small:
    """A copy of `parallel` to change, which remembers no stage that ran."""
    small = Small(shutil.copytree(parallel.path, tmp_path / "small", symlinks=True))
    (small.path / ".git/ran").unlink()
    return small
