"""Test a team's MLflow server, started as compose.yaml describes it, with PostgreSQL, and MLflow's pages."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml
from mlflow import MlflowClient
from repository import ROOT
from serving import answer, free_port, server

from hourglass import tracking
from hourglass.tracking import __main__ as ui

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path())  # not in PATH on Debian


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
        assert answer(process, f"{address}/health")[0] == 200
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        (root / "weights").write_bytes(b"weights")
        with tracking.start_run(tracking.RunInfo("linear", "digits", {"latent": 8})) as run:
            run.log_epoch(1, {"train_mse": 0.5})
            run.log(lambda client, run_id: client.log_artifact(run_id, "weights"))
        logged = MlflowClient(address).get_run(run.id)
    assert (logged.info.status, logged.data.metrics) == ("FINISHED", {"train_mse": 0.5})
    assert logged.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert list((root / "artifacts").rglob("weights"))


@pytest.mark.slow
def test_the_pages_are_served_on_this_machine_alone_and_end_with_their_process(root: Path) -> None:
    port = free_port()
    variables = os.environ | {"PYTHONPATH": str(Path(ui.__file__).parents[2]), "PORT": port, "MLFLOW_HOST": "0.0.0.0"}
    process = subprocess.Popen([sys.executable, "-m", "hourglass.tracking"], env=variables, stdout=subprocess.PIPE)
    try:
        assert b"MLflow" in answer(process, f"http://{ui.HOST}:{port}/")[1]
        family = psutil.Process(process.pid).children(recursive=True)
        connections = [connection for member in family for connection in member.net_connections()]
        listening = {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
    finally:
        process.terminate()
        process.communicate(timeout=60)
    psutil.wait_procs(family, timeout=10)
    assert not [member for member in family if member.is_running()]
