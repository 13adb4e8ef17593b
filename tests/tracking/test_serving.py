"""`mlflow models serve`, as the README has it, answers with the images of the registered network."""

from hourglass import tracking  # first: it quietens mlflow, which reads its settings while it is imported

# isort: split
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import logged
import numpy as np
import pytest
import torch

from hourglass.data import Images, as_input
from hourglass.tracking.ui import end

PATIENCE = 120  # seconds for the server to start
opener = build_opener(ProxyHandler({}))  # a proxy has no business between this machine and itself


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in logged.OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    return tmp_path


@contextmanager
def served(store: Path, model: str) -> Iterator[str]:
    """The address at which MLflow serves a model of this store, in a process group that is ended with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model]
    command += ["--env-manager", "local", "--port", port]
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{store / 'mlflow.db'}"}
    # MLflow's own check of the archive, off by default; and uvicorn is found beside this Python
    environment |= {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    with (store / "serving.txt").open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, cwd=store, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield wait_for(server, f"http://127.0.0.1:{port}")
        finally:
            end(server)


def wait_for(server: subprocess.Popen[bytes], address: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with opener.open(f"{address}/ping", timeout=5):
                return address
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"not served on {address}")


@pytest.mark.slow
def test_a_request_with_images_is_answered_with_what_the_network_makes_of_them(store: Path, digits: Images) -> None:
    network = logged.log(
        store / "model.safetensors", "digits", "linear", {}, {"compare.mse": 0.02, "compare.collapsed": 0}
    )
    found = tracking.register_best("digits", tracking.Goal("reconstruction", "compare.mse", smallest=True))
    assert found is not None
    images = as_input(digits.images[:5])
    with served(store, f"models:/{found.name}@{found.alias}") as address:
        body = json.dumps({"inputs": images.tolist()}).encode()
        request = Request(f"{address}/invocations", body, {"Content-Type": "application/json"})
        with opener.open(request, timeout=60) as answer:
            predictions = np.array(json.load(answer)["predictions"])
    with torch.no_grad():
        np.testing.assert_allclose(predictions, network(images).numpy(), atol=1e-5)
