"""Test the registration of the best networks, and that MLflow serves them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import mlflow.pytorch
import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from serving import Network, server

import hourglass
from hourglass import models, tracking
from hourglass.errors import UserError
from hourglass.models.spec import Encoder, NetworkSpec
from hourglass.tracking import store
from hourglass.tracking.registry import register_best
from hourglass.tracking.variants import log_model

NAME = "hourglass-digits-reconstruction"
IMAGES = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
Train = Callable[..., str]


@pytest.fixture
def train(client: MlflowClient, network: Network) -> Train:
    """Log a finished, evaluated run; return its id. Only an exported network can be loaded."""

    def log_placeholder(client: MlflowClient, run_id: str) -> None:
        client.create_logged_model(client.get_run(run_id).info.experiment_id, source_run_id=run_id)

    def log(name: str, sigma: float = 0.3, collapsed: bool = False, export: bool = False, **metrics: float) -> str:
        with tracking.start_run(tracking.RunInfo(name, "digits", {})) as run:
            values = metrics | {"noise_sigma": sigma, "collapsed": float(collapsed)}
            run.log_results({f"evaluate/{key}": value for key, value in values.items()})
            run.log((lambda _, run_id: log_model(run_id, network, IMAGES)) if export else log_placeholder)
        assert run.id is not None
        return run.id

    return log


def register(client: MlflowClient, purpose: str = "reconstruction") -> str:
    return register_best(client, "digits", purpose, 0.3).partition(" is ")[2]


def test_the_alias_follows_the_best_network(client: MlflowClient, train: Train) -> None:
    assert "no network competes" in register_best(store.connect(), "digits", "reconstruction", 0.3)
    train("linear", mse=0.02)
    assert register(client) == "linear, test MSE 0.0200 (version 1)"
    train("same bytes", mse=0.02)
    train("worse", mse=0.03)
    train("collapsed", mse=0.01, collapsed=True)
    client.set_terminated(train("failed", mse=0.01), "FAILED")
    train("not evaluated")
    assert register(client) == "linear, test MSE 0.0200 (version 1)"
    best = train("better", mse=0.015)
    assert register(client) == "better, test MSE 0.0150 (version 2)"
    version = client.get_model_version_by_alias(NAME, "best")
    assert (version.run_id, version.tags["run"]) == (best, "better")
    client.delete_run(best)
    assert register(client) == "linear, test MSE 0.0200 (version 1)"


def test_models_are_loaded_from_runs_and_from_the_registry(client: MlflowClient, train: Train, root: Path) -> None:
    model = models.build(NetworkSpec(latent=2, encoder=Encoder(dense=(8,))), (1, 28, 28), seed=3)
    models.save(model, root / "net.safetensors")
    run_id = train("linear", mse=0.02)
    client.log_artifact(run_id, str(root / "net.safetensors"), "weights")
    register(client)
    for address in (f"runs:/{run_id}", f"models:/{NAME}@best", f"models:/{NAME}/1"):
        loaded = hourglass.load(address)
        assert torch.equal(loaded.encode(IMAGES), model.eval().encode(IMAGES))
    for address in ("runs:/0", "models:/none@best", f"models:/{NAME}@worst", f"models:/{NAME}/2", f"models:/{NAME}"):
        with pytest.raises(UserError, match=f"^{address} is not in the MLflow store"):
            hourglass.load(address)
    without = train("without weights", mse=0.03)
    with pytest.raises(UserError, match="has no model of this project"):
        hourglass.load(f"runs:/{without}")


def test_networks_for_denoising_compete_under_equal_noise(client: MlflowClient, train: Train) -> None:
    store.connect()
    train("weaker noise", sigma=0.1, mse=0.02, gaussian_psnr=25.0)
    train("denoising", mse=0.02, gaussian_psnr=18.0)
    train("linear", mse=0.01, gaussian_psnr=15.0)
    assert register(client, "denoising").startswith("denoising, ")


def test_the_exported_network_takes_any_number_of_images_and_contains_no_pickle(
    root: Path, client: MlflowClient, train: Train, network: Network
) -> None:
    run_id = train("linear", mse=0.02, export=True)
    register(client)
    assert network.training
    loaded = mlflow.pyfunc.load_model(f"models:/{NAME}@best")
    network.eval()
    for count in (1, 3, 5):
        with torch.no_grad():
            expected = network(IMAGES[:count]).numpy()
        np.testing.assert_allclose(loaded.predict(IMAGES[:count].numpy()), expected, atol=1e-6)
    files = [path for path in (root / "mlflow-artifacts").rglob("*") if path.is_file()]
    assert {"model.pt2", "MLmodel"} <= {path.name for path in files}
    assert not [path for path in files if path.suffix in {".pkl", ".pth", ".pt", ".pickle"}]
    assert client.get_run(run_id).info.status == "FINISHED"


def test_the_exported_network_refuses_pixels_outside_its_range(train: Train, network: Network) -> None:
    loaded = mlflow.pytorch.load_model(f"runs:/{train('linear', export=True)}/model")
    network.eval()
    for count in (1, 3):
        torch.testing.assert_close(loaded(IMAGES[:count]), network(IMAGES[:count]), rtol=0, atol=1e-6)
        for invalid in (IMAGES * 255, -IMAGES, IMAGES * torch.nan):
            with pytest.raises(RuntimeError, match=r"pixels must be in \[0, 1\]"):
                loaded(invalid[:count])


@pytest.mark.slow
def test_mlflow_serves_the_registered_network_without_this_project(
    root: Path, client: MlflowClient, train: Train, network: Network
) -> None:
    train("linear", mse=0.02, export=True)
    register(client)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "--port", port]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # of uvicorn
        patch.setenv("MLFLOW_TRACKING_URI", store.uri())
        patch.delenv("PYTHONPATH", raising=False)
        with server([*command, "--model-uri", f"models:/{NAME}@best"]) as process:
            answer = json.loads(post(f"http://127.0.0.1:{port}/invocations", {"inputs": IMAGES.tolist()}, process))
    with torch.no_grad():
        np.testing.assert_allclose(answer["predictions"], network.eval()(IMAGES).numpy(), atol=1e-5)


def post(url: str, content: object, process: subprocess.Popen[bytes]) -> bytes:
    """Send JSON to a server that may still be starting; return the answer."""
    opener = build_opener(ProxyHandler({}))
    request = Request(url, json.dumps(content).encode(), {"Content-Type": "application/json"})
    while process.poll() is None:
        with suppress(URLError, ConnectionError), opener.open(request, timeout=60) as response:
            return response.read()
        time.sleep(0.1)
    raise AssertionError("the server has ended")
