"""MLflow's records fail in every way that was thought of: no training ends by it, and nothing is lost without need."""

from hourglass import tracking  # first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from logged import EXAMPLE, OURS, Network
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from safetensors.torch import save_file
from serving import free_port

from hourglass.tracking import outbox, ui
from hourglass.tracking.store import Place, connect, place

TRAINING = tracking.Training("linear", "outages", {"latent": 8})


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, and a store of its own; whatever failed is tried again at once."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(outbox, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(outbox, "SHARE", 1e9)
    save_file(Network(0).state_dict(), "linear.safetensors")
    return tmp_path


def train(run: tracking.TrainingRun, *epochs: int) -> None:
    for epoch in epochs:
        run.log_epoch(epoch, {"train_mse": 1 / epoch})


def whole_training() -> None:
    """From beginning to end."""
    with tracking.training_run(TRAINING) as run:
        train(run, 1, 2)
        run.finish(Network(0), Path("linear.safetensors"), EXAMPLE, {"test_mse": 0.1})


def measure() -> None:
    """What a later stage adds."""
    Path("history.csv").write_text("epoch,train_mse\n1,1\n2,0.5\n", encoding="utf-8")
    tracking.add_results(
        TRAINING,
        Path("linear.safetensors"),
        {"evaluate.mse": 0.3},
        folder="pictures",
        history=Path("history.csv"),
        network=lambda: (Network(0), EXAMPLE),
    )


def runs(client: MlflowClient) -> list[Run]:
    experiment = client.get_experiment_by_name("hourglass-outages")
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id]))


def the_run(client: MlflowClient) -> Run:
    (run,) = runs(client)
    return run


def curve(client: MlflowClient, run: Run) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, "train_mse")]


@pytest.fixture
def port(root: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Of a tracking server that is to be used, and does not run yet."""
    number = free_port()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{number}")
    return number


@contextmanager
def server(root: Path, port: int) -> Iterator[None]:
    """A real tracking server while the block lasts."""
    with ui.serve(Place(root, f"sqlite:///{root / 'server.db'}", root / "server.db"), port):
        yield


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that answers everything with 500."""

    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

        def do_POST(self) -> None:
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def warnings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]


def test_a_server_that_is_down_costs_two_sentences(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    whole_training()
    first, last = warnings(capsys)
    assert f"linear: cannot be logged now, and goes on without: MLflow's records at http://127.0.0.1:{port}" in first
    assert "MLflow's record of it is not complete" in last
    assert "make register" not in last  # of a variant's training alone
    measure()
    assert "`make register`" in warnings(capsys)[-1]


@pytest.mark.usefixtures("failing")
def test_a_server_that_answers_500_costs_two_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    whole_training()
    assert len(warnings(capsys)) == 2


@pytest.mark.slow
def test_what_a_server_missed_is_sent_when_it_is_back(
    root: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with tracking.training_run(TRAINING) as run:
        train(run, 1)
        with server(root, port):
            train(run, 2)
        train(run, 3, 4)
        with server(root, port):
            train(run, 5)
            run.finish(Network(0), Path("linear.safetensors"), EXAMPLE, {})
    client = MlflowClient(f"sqlite:///{root / 'server.db'}")
    assert curve(client, the_run(client)) == [(epoch, 1 / epoch) for epoch in range(1, 6)]
    assert "model.sha256" in the_run(client).data.tags


@pytest.mark.slow  # MLflow waits 20 s for a lock
def test_a_database_that_is_locked_for_a_while_gets_everything(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = connect(place())
    database = sqlite3.connect(root / "mlflow.db", check_same_thread=False)
    with closing(database) as other, tracking.training_run(TRAINING) as run:
        train(run, 1)
        other.execute("BEGIN EXCLUSIVE")
        train(run, 2)
        assert "database is locked" in warnings(capsys)[0]
        unlocking = threading.Timer(2.0, other.rollback)
        unlocking.start()
    unlocking.join()
    assert warnings(capsys) == []
    assert curve(client, the_run(client)) == [(1, 1.0), (2, 0.5)]
    assert the_run(client).info.status == "FINISHED"


@pytest.mark.parametrize("damage", ["text", "truncated"])
def test_a_damaged_store_ends_no_training(damage: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole_training()
    database = root / "mlflow.db"
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = database.read_bytes()
    database.write_bytes(b"no database at all" * 1000 if damage == "text" else content[: len(content) // 2])
    whole_training()
    measure()
    assert all("mlflow.db" in warning or "malformed" in warning for warning in warnings(capsys))
    assert len(database.read_bytes()) <= len(content)  # nothing was mended in secret


@pytest.mark.parametrize("uri", ["nonsense://here", "http://[bad", "postgresql://nobody@127.0.0.1:9/nothing"])
def test_an_address_that_is_none_ends_no_training(
    uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    whole_training()
    assert f"{uri} cannot be opened" in warnings(capsys)[0]


@pytest.mark.parametrize("uri", ["postgresql://me:s3cret@127.0.0.1:9/none", "http://me:s3cret@127.0.0.1:9"])
def test_a_password_in_an_address_is_not_said(
    uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    start = time.monotonic()
    whole_training()
    assert time.monotonic() - start < 60  # MLflow itself would try for 100 s, twice
    said = capsys.readouterr().err
    assert "//me:***@127.0.0.1:9" in said
    assert "s3cret" not in said


def test_a_place_for_models_that_cannot_be_written_costs_the_models(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = connect(place())
    (root / "mlflow-artifacts").write_text("no folder")
    whole_training()
    assert "mlflow-artifacts" in warnings(capsys)[-1]
    assert curve(client, the_run(client)) == [(1, 1.0), (2, 0.5)]
    assert the_run(client).info.status == "FINISHED"
    for _ in ("evaluate", "latent-analysis", "pictures"):
        measure()
    assert len(runs(client)) == 2  # without its model the run is not known again: one more is opened, and no third


def test_a_run_that_fails_while_it_is_opened_is_not_opened_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    client, fails = connect(place()), iter([True])

    def log_batch(*arguments: Any, **named: Any) -> None:
        if next(fails, False):
            raise MlflowException("locked for a moment")
        original(*arguments, **named)

    original = MlflowClient.log_batch
    monkeypatch.setattr(MlflowClient, "log_batch", log_batch)
    whole_training()
    assert the_run(client).info.status == "FINISHED"
    assert the_run(client).data.params == {"latent": "8"}


def test_what_a_training_could_not_log_is_logged_by_the_next_stage(
    root: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_training()
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    measure()
    client = connect(place())
    assert curve(client, the_run(client)) == [(1, 1.0), (2, 0.5)]
    assert the_run(client).data.metrics["evaluate.mse"] == 0.3


@pytest.mark.slow
def test_what_is_found_after_a_run_has_ended_is_logged_with_all_that_the_server_missed(root: Path, port: int) -> None:
    with tracking.training_run(TRAINING) as run:
        train(run, 1)
    with server(root, port):
        run.log_results({"settled": 7.0})
        run.flush()
    client = MlflowClient(f"sqlite:///{root / 'server.db'}")
    assert curve(client, the_run(client)) == [(1, 1.0)]
    assert the_run(client).data.metrics["settled"] == 7
    assert the_run(client).info.status == "FINISHED"


def test_a_killed_trainings_run_goes_on_as_one(root: Path) -> None:
    client = connect(place())
    with suppress(KeyboardInterrupt), tracking.training_run(TRAINING, "key") as first:
        train(first, 1, 2, 3)
        raise KeyboardInterrupt
    assert the_run(client).info.status == "KILLED"
    with tracking.training_run(TRAINING, "key") as second:
        assert the_run(client).info.status == "RUNNING"
        train(second, 1, 2)  # what its checkpoint has
        train(second, 3, 4)  # the third was logged, but not yet in the checkpoint
    assert second.id == first.id
    assert the_run(client).info.status == "FINISHED"
    assert curve(client, the_run(client)) == [(epoch, 1 / epoch) for epoch in range(1, 5)]


def test_a_run_that_was_deleted_meanwhile_is_opened_anew(root: Path) -> None:
    client = connect(place())
    with suppress(KeyboardInterrupt), tracking.training_run(TRAINING, "key") as first:
        raise KeyboardInterrupt
    assert first.id is not None
    client.delete_run(first.id)
    with tracking.training_run(TRAINING, "key") as second:
        train(second, 1)
    assert the_run(client).info.run_id == second.id != first.id
