"""Test the address of the MLflow store, its passwords and its creation."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from hourglass.errors import UserError
from hourglass.tracking import store

CONNECT = "from hourglass.tracking import store; store.connect().create_experiment(__import__('sys').argv[1])"


def test_relative_paths_start_at_the_main_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))  # as in a copy of `dvc exp run --temp`
    for given, used in {
        "": f"sqlite:///{tmp_path}/mlflow.db",
        "sqlite:///mlflow.db": f"sqlite:///{tmp_path}/mlflow.db",
        "sqlite+pysqlite:///a/b.db": f"sqlite+pysqlite:///{tmp_path}/a/b.db",
        "sqlite:////absolute.db": "sqlite:////absolute.db",
        "sqlite:///:memory:": "sqlite:///:memory:",
        "postgresql:///mlflow": "postgresql:///mlflow",
        "http://server:5000": "http://server:5000",
    }.items():
        monkeypatch.setenv("MLFLOW_TRACKING_URI", given)
        assert store.uri() == used
        assert store.is_database() == (not used.startswith("http"))
    for name in ("DVC_ROOT", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert store.uri() == f"sqlite:///{tmp_path}/mlflow.db"


def test_a_shortened_reason_shows_no_part_of_a_password(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(client: object) -> None:
        raise OSError("x" * 270 + " http://me:" + "s3cret" * 10 + "@host")

    store.attempt("linear", fail)
    warning = capsys.readouterr().err
    assert warning.startswith("warning: linear: OSError: x")
    assert "s3c" not in warning


@pytest.mark.parametrize("name", ["what?", "100%25"])
def test_a_folder_that_a_database_address_cannot_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / name))
    with pytest.raises(UserError, match=r"rename the folder to have no \? and no %"):
        store.connect()
    assert not list(tmp_path.iterdir())


def test_artifacts_follow_a_moved_repository(
    root: Path, client: MlflowClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    experiment = store.experiment_id(store.connect(), "digits")
    run_id = client.create_run(experiment).info.run_id
    client.log_text(run_id, "text", "note.txt")
    moved = root.rename(tmp_path / "moved")
    monkeypatch.setenv("DVC_ROOT", str(moved))
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # which MLflow sets for its process
    monkeypatch.chdir(moved)
    there = store.connect()
    assert store.experiment_id(there, "digits") == experiment
    assert mlflow.artifacts.load_text(f"{there.get_run(run_id).info.artifact_uri}/note.txt") == "text"
    assert there.get_run(run_id).info.artifact_uri.startswith((moved / "mlflow-artifacts").as_uri())
    assert there.get_experiment(experiment).artifact_location == (moved / "mlflow-artifacts").as_uri()
    assert not root.exists()


def test_artifacts_of_another_repository_stay(
    root: Path, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = store.experiment_id(store.connect(), "digits")
    place = client.get_experiment(experiment).artifact_location
    for other in (root.with_name("a repo"), root.parent):  # the start of its name, and a folder above
        store._connect.cache_clear()
        monkeypatch.setenv("DVC_ROOT", str(other))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{root}/mlflow.db")
        other.mkdir(exist_ok=True)
        assert store.connect().get_experiment(experiment).artifact_location == place


@pytest.mark.slow
def test_processes_may_create_the_store_at_the_same_time(tmp_path: Path) -> None:
    variables = os.environ | {"DVC_ROOT": str(tmp_path), "PYTHONPATH": str(Path(store.__file__).parents[2])}
    variables.pop("MLFLOW_TRACKING_URI", None)
    commands = [[sys.executable, "-c", CONNECT, name] for name in ("a", "b")]
    processes = [subprocess.Popen(command, env=variables) for command in commands]
    assert [process.wait(300) for process in processes] == [0, 0]
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert {name for (name,) in database.execute("SELECT name FROM experiments")} >= {"a", "b"}
