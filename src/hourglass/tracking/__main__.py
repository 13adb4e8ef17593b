"""Command that serves the MLflow UI on localhost: `python -m hourglass.tracking`. The port is `$PORT` or 5000."""

import os
import sys

from hourglass import signals
from hourglass.errors import mask_secrets
from hourglass.tracking.store import artifacts, connect, is_database, uri

HOST = "127.0.0.1"


def main() -> None:
    """Replace this process with the MLflow UI. If runs are stored on an MLflow server, only print the server's URI."""
    connect()
    if not is_database():
        print(f"MLflow's pages: {mask_secrets(uri())}")
        return
    port = os.environ.get("PORT") or "5000"
    print(f"MLflow's pages, in some seconds: http://{HOST}:{port} (Ctrl-C ends them)", flush=True)
    options = ["--host", HOST, "--port", port, "--workers", "1", "--artifacts-destination", artifacts()]
    os.environ["MLFLOW_BACKEND_STORE_URI"] = uri()  # which may contain a password: any user can read options
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # job runners take 15 s and 1 GB more to start
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", "ui", *options])  # noqa: S606  no shell is needed


if __name__ == "__main__":
    signals.install_handlers()
    main()
