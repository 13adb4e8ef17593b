"""An MLflow store for each test, copied from one that is created once per session."""

from hourglass import tracking  # noqa: F401  first: it sets variables that mlflow reads when it is imported

# isort: split
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

VARIABLES = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "PORT")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture(scope="session")
def new_root(template: Path) -> Callable[[Path, pytest.MonkeyPatch], Path]:
    """Return a function that changes to the root of a repository with an empty store, whose name has a space."""

    def create(parent: Path, patch: pytest.MonkeyPatch) -> Path:
        folder = parent / "a repository"
        folder.mkdir()
        shutil.copy(template, folder)
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        patch.setenv("DVC_ROOT", str(folder))
        patch.chdir(folder)
        return folder

    return create


@pytest.fixture
def root(new_root: Callable[[Path, pytest.MonkeyPatch], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return new_root(tmp_path, monkeypatch)


@pytest.fixture
def client(root: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
