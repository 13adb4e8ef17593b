"""An MLflow store for each test, copied from one that is created once per session."""

from hourglass import tracking  # noqa: F401  first: it sets variables that mlflow reads when it is imported

# isort: split
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from mlflow import MlflowClient
from torch import Tensor, nn

VARIABLES = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "PORT")


class Network(nn.Module):
    """A small autoencoder with dropout, so that training and evaluation mode differ."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.SELU(), nn.Flatten(), nn.Linear(2 * 14 * 14, 4))
        self.decoder = nn.Sequential(nn.Linear(4, 784), nn.Dropout(0.5), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)))

    def forward(self, images: Tensor) -> Tensor:
        return self.decoder(self.encoder(images))


@contextmanager
def server(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server, and end it with all its workers after the block."""
    variables = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # job runners take 15 s more to start
    process = subprocess.Popen(command, env=variables, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


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
def network() -> Network:
    torch.manual_seed(0)
    return Network()
