"""A small graph that has run; and Ctrl-C as at a terminal, which what a shell runs in the background would ignore."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from repository import ROOT
from small_graph import GRAPH, TRAIN, Small


@pytest.fixture(autouse=True)
def heeded_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing has run here."""
    small = Small(tmp_path_factory.mktemp("template"))
    small.done("dvc", "init", "--no-scm", "--quiet")
    for name, content in {"dvc.yaml": GRAPH, "train": TRAIN, "source": "7\nfirst\n"}.items():
        (small.path / name).write_text(content)
    shutil.copy(ROOT / "params.yaml", small.path)
    return small.path


@pytest.fixture(scope="session")
def finished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Everything has run here, two at a time."""
    small = Small(shutil.copytree(template, tmp_path_factory.mktemp("finished") / "small"))
    small.done(*small.command, "--jobs", "2", "--report", "report.json")
    return small


@pytest.fixture
def small(finished: Small, tmp_path: Path) -> Small:
    """A copy of `finished` to change."""
    return Small(shutil.copytree(finished.path, tmp_path / "small", symlinks=True))
