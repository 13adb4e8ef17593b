"""A team's MLflow server, as compose.yaml describes it, and several machines that log to it."""

from hourglass import tracking  # first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request

import logged
import numpy as np
import pytest
import torch
import yaml
from mlflow import MlflowClient
from postgres import postgres
from serving import free_port, mlflow, opener, predictions

ROOT = Path(__file__).parents[2]
SERVICE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["mlflow"]
GOAL = tracking.Goal("reconstruction", "compare.mse", smallest=True)
MEASURED = {"compare.mse": 0.02, "compare.collapsed": 0}

MACHINES = """
import multiprocessing, os, sys
from pathlib import Path
from hourglass import tracking

def machine(number, turns, together):
    folder = Path(f"machine-{number}")
    folder.mkdir()
    os.chdir(folder)
    os.environ["DVC_ROOT"] = os.getcwd()
    for turn in range(turns):
        together.wait(60)
        with tracking.training_run(tracking.Training(f"machine-{number}", f"turn-{turn}", {})):
            pass
        together.wait(60)
        found = tracking.register_best("team", tracking.Goal(f"turn-{turn}", "compare.mse", smallest=True))
        print(found.name, found.version, flush=True)

if __name__ == "__main__":
    forked = multiprocessing.get_context("fork")
    together = forked.Barrier(3)
    machines = [forked.Process(target=machine, args=(number, int(sys.argv[1]), together)) for number in range(3)]
    for started in machines:
        started.start()
    for started in machines:
        started.join()
    sys.exit(any(started.exitcode for started in machines))
"""
TURNS = 2


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, str]]:
    """Where a PostgreSQL server is that has a database for MLflow's server, and one that is opened directly."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.fail(
            "these tests need psycopg, which is not installed: `make test` does it, from requirements-server.txt"
        )
    with postgres("mlflow", "direct") as where:
        yield where


@pytest.fixture(scope="module")
def server(database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server: compose.yaml's command and settings, with other addresses and one worker."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    changed = {"0.0.0.0": "127.0.0.1", "5000": str(port), "/artifacts": str(folder / "artifacts"), "2": "1"}
    _, *arguments = [changed.get(argument, argument) for argument in SERVICE["command"]]
    settings = {
        name: value.replace("${SERVER:-localhost}", "team-server") for name, value in SERVICE["environment"].items()
    } | database
    address = f"http://127.0.0.1:{port}"
    with mlflow(arguments, settings, f"{address}/health", folder):
        yield address


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of one machine, which nothing has been told yet."""
    for name in logged.OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def runs(client: MlflowClient, dataset: str) -> list[Any]:
    experiment = client.get_experiment_by_name(f"hourglass-{dataset}")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


@pytest.mark.slow
def test_what_one_machine_logs_is_served_to_another(
    server: str, machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    network = logged.log(machine / "a.safetensors", "served", "linear", {"latent": 2}, MEASURED, curves=[{"mse": 0.5}])
    found = tracking.register_best("served", GOAL)
    assert found is not None
    assert capsys.readouterr().err == ""
    [run] = runs(MlflowClient(server), "served")
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert run.data.metrics.keys() == {"mse", *MEASURED}
    assert sorted(path.name for path in machine.iterdir()) == ["a.safetensors", "mlflow.db.lock"]
    elsewhere = machine / "elsewhere"
    elsewhere.mkdir()
    images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    answer = predictions(f"models:/{found.name}@{found.alias}", server, images, elsewhere)
    with torch.no_grad():
        np.testing.assert_allclose(answer, network(images).numpy(), atol=1e-5)


@pytest.mark.slow
def test_machines_that_log_and_register_at_once_make_everything_once(
    server: str, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    logged.log(machine / "a.safetensors", "team", "linear", {}, MEASURED)
    program = [sys.executable, "-W", "ignore", "-c", MACHINES, str(TURNS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    said = subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert (said.returncode, said.stderr) == (0, "")
    client = MlflowClient(server)
    for turn in range(TURNS):
        assert {run.info.run_name for run in runs(client, f"turn-{turn}")} == {f"machine-{n}" for n in range(3)}
        name = f"hourglass-team-turn-{turn}"
        [version] = client.search_model_versions(f"name = '{name}'")
        assert client.get_model_version_by_alias(name, "best").version == version.version
        assert [line for line in said.stdout.splitlines() if line.startswith(name)] == [f"{name} {version.version}"] * 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "status"), [("team-server:5000", 200), ("another:5000", 403)])
def test_the_server_answers_to_the_name_it_is_given_and_to_no_other(server: str, name: str, status: int) -> None:
    request = Request(f"{server}/api/2.0/mlflow/experiments/search?max_results=1", headers={"Host": name})
    try:
        with opener.open(request) as answer:
            said = answer.status
    except HTTPError as error:
        said = error.code
    assert said == status


def test_a_database_without_a_server_keeps_pictures_and_models_on_this_machine(
    database: dict[str, str], machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in database.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql:///direct")
    logged.log(machine / "a.safetensors", "direct", "linear", {}, MEASURED)
    found = tracking.register_best("direct", GOAL)
    assert found is not None
    [run] = runs(MlflowClient("postgresql:///direct"), "direct")
    assert run.info.artifact_uri.startswith((machine / "mlflow-artifacts").as_uri())
    assert list((machine / "mlflow-artifacts").rglob("a.safetensors"))
    assert not (machine / "mlruns").exists()


def test_the_servers_port_is_this_machines_alone_until_it_is_said() -> None:
    assert SERVICE["ports"] == ["${ADDRESS:-127.0.0.1}:5000:5000"]
