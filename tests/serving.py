"""MLflow's servers while a test needs them: `mlflow models serve` as the README has it, or any other."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import numpy as np
from torch import Tensor

from hourglass.tracking.ui import end

PATIENCE = 120  # seconds for a server to start
opener = build_opener(ProxyHandler({}))  # a proxy has no business between this machine and itself


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def mlflow(arguments: Sequence[str], settings: Mapping[str, str], address: str, folder: Path) -> Iterator[None]:
    """`mlflow ...` in a process group that is ended with the block; `address` is what it answers once it is up.

    What it says is in the folder, in `serving.txt`.
    """
    # uvicorn is found beside this Python
    beside = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with (folder / "serving.txt").open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *arguments],
            env=os.environ | beside | dict(settings),
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            _wait_for(server, address)
            yield
        finally:
            end(server)


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(address, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {address}")


def predictions(model: str, records: str, images: Tensor, folder: Path) -> np.ndarray:
    """What `mlflow models serve` answers to these images with a model of these records."""
    port = free_port()
    arguments = ["models", "serve", "--model-uri", model, "--env-manager", "local", "--port", str(port)]
    # the second is MLflow's own check of the archive, off by default
    settings = {"MLFLOW_TRACKING_URI": records, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    address = f"http://127.0.0.1:{port}"
    with mlflow(arguments, settings, f"{address}/ping", folder):
        body = json.dumps({"inputs": images.tolist()}).encode()
        request = Request(f"{address}/invocations", body, {"Content-Type": "application/json"})
        with opener.open(request, timeout=60) as answer:
            return np.array(json.load(answer)["predictions"])
