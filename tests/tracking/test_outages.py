"""Test that no failure of the MLflow store ends or slows a training run."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from mlflow import MlflowClient

from hourglass import tracking
from hourglass.errors import UserError
from hourglass.tracking import store

INFO = tracking.RunInfo("linear", "outages", {"latent": 8})
Failure = AbstractContextManager[object]


def train() -> None:
    with tracking.start_run(INFO) as run:
        for epoch in (1, 2):
            run.log_epoch(epoch, {"train_mse": 1 / epoch})
        run.log_results({"active_units": 8})


@contextmanager
def server_error(root: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(500)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        patch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@contextmanager
def locked_database(root: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    patch.setattr(store, "TIMEOUT", 0.1)
    with closing(sqlite3.connect(root / "mlflow.db")) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


def damaged_database(root: Path, patch: pytest.MonkeyPatch) -> Failure:
    return nullcontext((root / "mlflow.db").write_bytes(b"not a database" * 1000))


def address(uri: str) -> Callable[[Path, pytest.MonkeyPatch], Failure]:
    return lambda root, patch: nullcontext(patch.setenv("MLFLOW_TRACKING_URI", uri))


@pytest.mark.parametrize(
    "failure",
    [
        server_error,
        locked_database,
        damaged_database,
        address("http://me:s3cret@127.0.0.1:9"),
        address("postgresql://me:s3cret@127.0.0.1:9/none"),
        address("nonsense://here"),
    ],
    ids=["500", "locked", "damaged", "server down", "database server down", "unknown scheme"],
)
def test_a_failing_store_costs_one_warning_per_process(
    failure: Callable[..., Failure], root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with failure(root, monkeypatch):
        train()
        (warning,) = capsys.readouterr().err.splitlines()
        assert warning.startswith("warning: linear: cannot open the MLflow store ")
        assert "make register" in warning
        assert "s3cret" not in warning
        start = time.monotonic()
        train()
        assert time.monotonic() - start < 1
        assert capsys.readouterr().err == ""
        with pytest.raises(UserError, match="cannot open the MLflow store"):
            store.connect()


def test_a_store_that_fails_during_a_run_costs_the_rest_of_its_curves(
    client: MlflowClient, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracking.start_run(INFO) as run:
        run.log_epoch(1, {"train_mse": 1.0})
        with monkeypatch.context() as patch:
            patch.setattr(MlflowClient, "log_batch", lambda *_, **__: 1 / 0)
            run.log_epoch(2, {"train_mse": 0.5})
        run.log_epoch(3, {"train_mse": 0.3})
    assert run.id is not None
    assert [point.step for point in client.get_metric_history(run.id, "train_mse")] == [1]
    assert len(capsys.readouterr().err.splitlines()) == 1
