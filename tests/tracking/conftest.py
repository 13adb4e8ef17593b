"""An MLflow store for each test, copied from one that is created once per session."""

from hourglass import tracking  # noqa: F401  first: it sets variables that mlflow reads when it is imported

# isort: split
import shutil
from pathlib import Path

import pytest
from mlflow import MlflowClient
from torch import nn

from hourglass import models
from hourglass.models import Model
from hourglass.models.spec import Encoder, NetworkSpec

VARIABLES = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "PORT")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def root(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory, with a space in its name, that is the root of a repository with an empty store."""
    folder = tmp_path / "a repository"
    folder.mkdir()
    shutil.copy(template, folder)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def client(root: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{root / 'mlflow.db'}")


@pytest.fixture
def network() -> Model:
    """A small network in training mode, in which its outputs differ, as dropout in front of the encoder ensures."""
    model = models.build(NetworkSpec(latent=4, encoder=Encoder(dense=(8,))), (1, 28, 28), seed=0)
    model.encoder.insert(0, nn.Dropout(0.5))
    return model.train()
