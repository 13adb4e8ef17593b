"""Test a team's MLflow server, started as compose.yaml describes it, with PostgreSQL."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest
import yaml
from mlflow import MlflowClient
from serving import server

from hourglass import tracking

ROOT = Path(__file__).parents[2]
BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path())  # not in PATH on Debian


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@pytest.fixture
def postgres() -> Iterator[dict[str, str]]:
    """Start PostgreSQL with an empty database; return the variables that lead to it."""
    variables = {"PGHOST": "127.0.0.1", "PGPORT": free_port(), "PGUSER": "mlflow", "PGDATABASE": "mlflow"}
    # PostgreSQL refuses to run as root
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, "postgres", "postgres")

        def run(name: str, *options: str) -> None:
            command = [shutil.which(name) or str(BIN / name), *options]
            subprocess.run(
                command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=os.environ | variables, **user
            )

        run("initdb", "--pgdata", "data", "--username", "mlflow", "--auth", "trust", "--no-sync")
        options = f"-p {variables['PGPORT']} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        run("pg_ctl", "start", "--wait", "--pgdata", "data", "--log", "log", "--options", options)
        try:
            run("createdb", "mlflow")
            yield variables
        finally:
            run("pg_ctl", "stop", "--mode", "immediate", "--pgdata", "data")


@pytest.mark.slow
def test_runs_are_logged_to_the_server_of_compose_yaml(
    root: Path, postgres: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["mlflow"]
    assert service["ports"] == ["${ADDRESS:-127.0.0.1}:5000:5000"]
    port = free_port()
    values = {"0.0.0.0": "127.0.0.1", "5000": port, "/artifacts": str(root / "artifacts"), "2": "1"}
    command = [sys.executable, "-m", *(values.get(word, word) for word in service["command"])]
    for name, value in (service["environment"] | postgres).items():
        monkeypatch.setenv(name, value.replace("${SERVER:-localhost}", "localhost"))
    address = f"http://127.0.0.1:{port}"
    with server(command) as process:
        while process.poll() is None:
            try:
                build_opener(ProxyHandler({})).open(f"{address}/health", timeout=60).close()
                break
            except (URLError, ConnectionError):
                time.sleep(0.1)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        (root / "weights").write_bytes(b"weights")
        with tracking.start_run(tracking.RunInfo("linear", "digits", {"latent": 8})) as run:
            run.log_epoch(1, {"train_mse": 0.5})
            run.log(lambda client, run_id: client.log_artifact(run_id, "weights"))
        logged = MlflowClient(address).get_run(run.id)
    assert (logged.info.status, logged.data.metrics) == ("FINISHED", {"train_mse": 0.5})
    assert logged.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert list((root / "artifacts").rglob("weights"))
