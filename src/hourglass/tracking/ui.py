"""MLflow's own pages, opened where the curves are."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from typing import IO
from urllib.request import ProxyHandler, build_opener

from mlflow import MlflowClient

from hourglass.errors import UserError
from hourglass.tracking import pages
from hourglass.tracking.processes import signals_raise
from hourglass.tracking.store import PREFIX, SGD, Place, connect, experiments, place, without_passwords

HOST = "127.0.0.1"
START_SECONDS = 120


def show(dataset: str | None = None) -> None:
    """Serve MLflow's pages until Ctrl-C or SIGTERM; name (and open, on a display) the one with the curves.

    dataset: whose trainings to show; by default those of the latest training.
    """
    where = place()
    if where.database is not None and not where.database.exists():
        raise UserError(f"{where.database} is missing: no training has been logged yet; `make repro` logs some")
    client = connect(where)
    address = pages.curves(client, _experiment(client, where, dataset))
    if where.uri.startswith(("http://", "https://")):
        _announce(f"{where.uri.rstrip('/')}/{address}")
        return
    port = _port()
    try:
        with signals_raise(), serve(where, port) as server:
            _announce(f"http://{HOST}:{port}/{address}")
            print("Ctrl-C ends it.", flush=True)
            raise UserError(f"mlflow ui ended by itself, with status {server.wait()}")
    except KeyboardInterrupt:
        print()


def _experiment(client: MlflowClient, where: Place, dataset: str | None) -> str:
    known = {found.name.removeprefix(PREFIX): str(found.experiment_id) for found in experiments(client)}
    if not known:
        raise UserError(
            without_passwords(f"{where.database or where.uri} holds no training yet; `make repro` logs some")
        )
    if dataset is not None:
        if dataset not in known:
            raise UserError(f"no training on {dataset!r} has been logged; there are some on {', '.join(sorted(known))}")
        return known[dataset]
    variants = [number for name, number in known.items() if not name.endswith(f"-{SGD}")] or list(known.values())
    latest = client.search_runs(variants, order_by=["attributes.start_time DESC"], max_results=1)
    return str(latest[0].info.experiment_id) if latest else max(variants, key=int)


def _port() -> int:
    text = os.environ.get("PORT") or "5000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise UserError(f"PORT is {text!r}, but a port is a number from 1 to 65535")
    with closing(socket.socket()) as probe:
        # as servers do, so that the remains of closed connections do not count as taken
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
        except OSError as error:
            raise UserError(
                f"port {text} cannot be used ({error.strerror}); choose another: `make ui PORT=5001`"
            ) from error
    return int(text)


@contextmanager
def serve(where: Place, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """MLflow's server, answering. It and all that it started are gone after the block."""
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", where.uri, "--host", HOST]
    command += ["--port", str(port), "--workers", "1", "--artifacts-destination", where.artifacts.as_uri()]
    # without it, MLflow starts job runners that take 15 s and 1 GB more
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with tempfile.TemporaryFile() as output:
        # a group of its own, so that the workers can be ended with it
        server = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, start_new_session=True, cwd=where.root
        )
        try:
            _wait_for_answer(server, port, output)
            yield server
        finally:
            end(server)


def _wait_for_answer(server: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    opener = build_opener(ProxyHandler({}))  # a proxy has no business between this machine and itself
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(f"http://{HOST}:{port}/health", timeout=5):
                return
        except (OSError, HTTPException):
            time.sleep(0.2)
    output.seek(0)
    last = output.read().decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise UserError(f"mlflow ui did not start on port {port}: {last[0]}")


def end(server: subprocess.Popen[bytes]) -> None:
    """End the server's whole group: MLflow leaves its workers behind when only their parent is told to go."""
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 0.0)):
        try:
            os.killpg(server.pid, number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                server.poll()  # takes the exit status of the parent, which would count as there otherwise
                os.killpg(server.pid, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            break
    server.wait()


def _announce(address: str) -> None:
    print(f"Curves of all trainings: {address}", flush=True)
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)
