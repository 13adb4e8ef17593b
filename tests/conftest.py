"""Fixtures for all tests: real images, changed settings, and one run of the whole pipeline and of a small one."""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import shapes
import torch
import yaml
from repository import ROOT, Copy, made_once, with_results
from small_pipeline import Small, create

from hourglass.datasets import DATASETS, preparation
from hourglass.images import Images
from hourglass.runner.__main__ import main
from hourglass.settings.params import Params, validate

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # MLflow reads it on import


@pytest.fixture(autouse=True)
def checked_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the tensor shapes of all model methods at each call."""
    shapes.check(monkeypatch)


@pytest.fixture(autouse=True)
def denormals() -> None:
    """Undo what a training run in the same process has set: hypothesis draws denormals."""
    torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Images]:
    """`real("mnist", "test")`: the images of a split, from the user's cache if they are there."""
    raw = tmp_path_factory.mktemp("raw")

    @cache
    def read(dataset: str, split: str) -> Images:
        if not (raw / dataset).exists():
            DATASETS[dataset].fetch(raw / dataset)
        return preparation.read(raw / dataset, dataset, split)

    return read


@pytest.fixture(scope="session")
def digits(real: Callable[[str, str], Images]) -> Images:
    """scikit-learn's digits as 28×28 images: 1297 training images, without network access."""
    return real("digits", "train")


@cache
def committed_params() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))


def with_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the content of params.yaml with settings changed, such as `{"model.latent": 2, "seed": "DELETE"}`."""
    content = deepcopy(committed_params())
    for key, value in changes.items():
        *parents, last = key.split(".")
        block = content
        for parent in parents:
            block = block[parent]
        if value == "DELETE":
            del block[last]
        else:
            block[last] = value
    return content


@pytest.fixture
def changed_params(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """`changed_params({"model.latent": 2})`: the path of this params.yaml with settings changed."""

    def write(changes: dict[str, Any]) -> Path:
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump(with_changes(changes), sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def validated() -> Callable[..., Params]:
    """`validated({"model.latent": 2}, hardware)`: the settings with changes, without the seconds of a YAML parser."""
    return lambda changes, hardware=None: validate(with_changes(changes), Path("params.yaml"), hardware)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller copy of this repository with the results of all stages."""
    return made_once(tmp_path_factory, "finished", with_results)


@pytest.fixture(scope="module")
def copy(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the finished run for one test file."""
    return Copy(shutil.copytree(finished, tmp_path_factory.mktemp("copy") / "hourglass", symlinks=True))


@pytest.fixture
def unchanged(copy: Copy) -> Iterator[Copy]:
    """The copy, reset to its commit afterwards."""
    before = results(copy.path)
    yield copy
    copy.done("git", "reset", "--hard", "--quiet")
    copy.done("git", "clean", "-d", "--force", "--quiet")
    for path in results(copy.path).keys() - before.keys():  # such as outputs of an added variant
        path.unlink()
    if results(copy.path) != before:  # checkout takes seconds
        copy.done("dvc", "checkout", "--force", "--quiet", "dvc.yaml")


def results(folder: Path) -> dict[Path, tuple[int, ...]]:
    """Return size, time, inode and mode of every output in DVC's cache."""
    paths = (path for name in ("data", "models", "plots") for path in (folder / name).rglob("*"))
    stats = {path: path.lstat() for path in paths if not path.is_dir() or path.is_symlink()}
    return {path: (stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_mode) for path, stat in stats.items()}


@pytest.fixture(scope="session")
def new_small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The small pipeline before its first run."""
    return create(tmp_path_factory.mktemp("small") / "template")


@pytest.fixture(scope="session")
def finished_small(new_small: Small, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The small pipeline after all stages have run, three at a time; results are committed."""

    def run(path: Path) -> None:
        small = Small(shutil.copytree(new_small.path, path))
        result = small.call(main, "--jobs", "3")
        assert result.returncode == 0, result.stdout
        small.commit()

    return Small(made_once(tmp_path_factory, "finished_small", run))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow files first. The first one that needs the finished run makes it while other slow files run."""
    fixtures: dict[Path, set[str]] = defaultdict(set)
    for item in items:
        fixtures[item.path].update(getattr(item, "fixturenames", ()))
        fixtures[item.path].update(mark.name for mark in item.iter_markers("slow"))
    shared = [path for path, names in fixtures.items() if "finished" in names]

    def rank(item: pytest.Item) -> int:
        if item.path in shared:
            return 0 if item.path == shared[0] else 2
        return 1 if "slow" in fixtures[item.path] else 3

    items.sort(key=rank)
