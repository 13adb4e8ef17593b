"""Real images for all tests, and params.yaml with changes."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import shapes
import torch
import yaml
from filelock import FileLock
from repository import Copy, after_repro

from hourglass.datasets import DATASETS, idx, sources
from hourglass.images import Images

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # MLflow reads it while it is imported

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def shapes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """In every test, what models promise of shapes is checked at each call."""
    shapes.check(monkeypatch)


@pytest.fixture(autouse=True)
def denormal_numbers_are_numbers() -> None:
    """A training before, in the same process, has them taken for 0; hypothesis draws them."""
    torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Images]:
    """`real("mnist", "test")`: the images of a data set's training or test part, from the user's cache where it can."""
    raw = tmp_path_factory.mktemp("raw")

    @cache
    def read(dataset: str, part: str) -> Images:
        if not (raw / dataset).exists():
            sources.fetch(dataset, raw / dataset)
        prefix = {"train": "train", "test": "t10k"}[part]
        images, labels = (idx.read(raw / dataset / f"{prefix}-{what}-ubyte") for what in ("images-idx3", "labels-idx1"))
        classes = DATASETS[dataset].classes
        return Images(images, labels, dataset, classes)

    return read


@pytest.fixture(scope="session")
def digits(real: Callable[[str, str], Images]) -> Images:
    """scikit-learn's digits at 28×28: 1297 training images, no network needed."""
    return real("digits", "train")


@pytest.fixture
def changed_params(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """`changed_params({"model.latent": 2, "seed": "DELETE"})`: the repository's params.yaml with settings changed."""

    def write(changes: dict[str, Any]) -> Path:
        content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        for key, value in changes.items():
            *parents, last = key.split(".")
            section = content
            for parent in parents:
                section = section[parent]
            if value == "DELETE":
                del section[last]
            else:
                section[last] = value
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes that share the tests find the one run of the whole graph."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "pipeline"


def made(place: Path) -> Path:
    """The run, made by whoever needs it first: as it is used by all, and as it was, to be copied."""
    with FileLock(f"{place}.lock"):
        if not (place / "done").exists():
            after_repro(place / "hourglass")
            shutil.copytree(place / "hourglass", place / "pristine", symlinks=True)
            (place / "done").touch()
    return place


@pytest.fixture(scope="session")
def copy(place: Path) -> Copy:
    """A copy of this repository in which the whole graph has run on digits; whoever changes it puts it back."""
    return Copy(made(place) / "hourglass")


@pytest.fixture(scope="module")
def copy_of_its_own(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The same for one file of tests alone, which need not wait for others; MLflow's files are the shared ones."""
    own = tmp_path_factory.mktemp("own") / "hourglass"
    shutil.copytree(made(place) / "pristine", own, symlinks=True)
    return Copy(own)


@pytest.fixture
def unchanged(copy: Copy) -> Iterator[Copy]:
    """The copy, put back to its commit afterwards."""
    before = results(copy.path)
    yield copy
    copy.done("git", "reset", "--hard", "--quiet")
    copy.done("git", "clean", "-d", "--force", "--quiet")
    for path in results(copy.path).keys() - before.keys():  # such as a further variant's, of which no one knows now
        path.unlink()
    if results(copy.path) != before:  # or DVC, which takes seconds, would look for nothing
        copy.done("dvc", "checkout", "--force", "--quiet", "dvc.yaml")


def results(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Size, time and place on the disk of all that DVC would put back."""
    found = (path for name in ("data", "models", "plots") for path in (folder / name).rglob("*"))
    stats = {path: path.lstat() for path in found if not path.is_dir() or path.is_symlink()}
    return {path: (stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_mode) for path, stat in stats.items()}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first; those with a copy of the run once it may have been made."""

    def kind(item: pytest.Item) -> str:
        names = getattr(item, "fixturenames", ())
        if "copy_of_its_own" in names:
            return "copying"
        return "the run" if "copy" in names else "slow" if item.get_closest_marker("slow") else "quick"

    kinds: dict[Path, set[str]] = {}
    for item in items:
        kinds.setdefault(item.path, set()).add(kind(item))
    # a file with tests of several kinds is of the first of these
    of_file = {path: next(k for k in ("the run", "copying", "slow", "quick") if k in of) for path, of in kinds.items()}
    items.sort(key=lambda item: ("the run", "slow", "copying", "quick").index(of_file[item.path]))
