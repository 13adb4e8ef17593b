"""A finished small pipeline to change."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_pipeline import Small


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Handle SIGINT as at a terminal; a shell ignores it in background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def small(finished_small: Small, tmp_path: Path) -> Small:
    """A copy of `finished_small` to change, which remembers no stage that ran."""
    small = Small(shutil.copytree(finished_small.path, tmp_path / "small", symlinks=True))
    (small.path / ".git/ran").unlink()
    return small
