"""MLflow's pages, served on this machine only."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hourglass.tracking.store import artifacts, connect, is_database, mask_password, uri

HOST = "127.0.0.1"


def show() -> None:
    """Serve MLflow's pages until Ctrl-C, at the port in `PORT` or 5000; print the address.

    Raises:
        UnreachableError: The store cannot be opened.
    """
    connect()
    if not is_database():
        print(f"MLflow's pages: {mask_password(uri())}")
        return
    port = os.environ.get("PORT") or "5000"
    print(f"MLflow's pages, in some seconds: http://{HOST}:{port} (Ctrl-C ends them)", flush=True)
    options = ["--host", HOST, "--port", port, "--workers", "1"]
    options += ["--backend-store-uri", uri(), "--artifacts-destination", artifacts().as_uri()]
    with server([sys.executable, "-m", "mlflow", "ui", *options]) as process:
        sys.exit(process.wait())


@contextmanager
def server(arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server of MLflow; end it with all its workers after the block."""
    # job runners take 15 s and 1 GB more to start
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(arguments, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
