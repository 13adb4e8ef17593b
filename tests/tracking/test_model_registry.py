"""Test the registration of the best networks, and that MLflow serves them."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import mlflow.pyfunc
import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from PIL import Image
from serving import server

import hourglass
from hourglass import models, tracking
from hourglass.errors import UserError
from hourglass.models import Model
from hourglass.models.spec import Encoder, NetworkSpec
from hourglass.settings.stage_configs import TrainConfig
from hourglass.settings.variant import TrainSpec
from hourglass.tracking import store
from hourglass.tracking.registry import register_best
from hourglass.tracking.variants import log_model

NAME = "hourglass-digits-reconstruction"
IMAGES = torch.rand(5, 1, 28, 28, generator=torch.Generator().manual_seed(0))
Train = Callable[..., str]


@pytest.fixture
def train(client: MlflowClient, network: Model) -> Train:
    """Log a finished, evaluated run; return its id. Only an exported network can be loaded."""

    def log_placeholder(client: MlflowClient, run_id: str) -> None:
        client.create_logged_model(client.get_run(run_id).info.experiment_id, source_run_id=run_id)

    def log(
        name: str,
        sigma: float = 0.3,
        collapsed: bool = False,
        export: bool = False,
        validation: tuple[str, float, float] | None = None,
        **metrics: float,
    ) -> str:
        corruption, fraction, error = validation or ("none", 0.0, None)
        settings = {"corruption": corruption, "seed": 0, "train": {"validation": fraction}}
        with tracking.start_run(tracking.RunInfo(name, "digits", settings)) as run:
            if error is not None:
                run.log_results({"train/validation_mse": error})
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


def test_networks_compete_by_their_validation_error_if_there_is_one(client: MlflowClient, train: Train) -> None:
    store.connect()
    train("best on test images", mse=0.01, gaussian_psnr=20.0)
    train("second", mse=0.02, gaussian_psnr=15.0, validation=("none", 0.1, 0.021))
    train("first", mse=0.03, gaussian_psnr=14.0, validation=("none", 0.1, 0.020))
    train("on other images", mse=0.01, gaussian_psnr=14.0, validation=("none", 0.01, 0.001))
    train("denoising", mse=0.02, gaussian_psnr=18.0, validation=("gaussian", 0.1, 0.015))
    spec = TrainSpec(epochs=1, batch_size=1, learning_rate=0.1, validation=0.1)
    network = NetworkSpec(latent=2, encoder=Encoder(dense=(8,)))
    values = {"seed": 0, "network": network, "loss": "squared_error", "corruption": "none", "strengths": {}}
    validated = TrainConfig(**values, fresh_noise=True, train=spec)
    for purpose, name in (("reconstruction", "first"), ("denoising", "denoising")):
        line = register_best(client, "digits", purpose, 0.3, validated)
        assert f"@best is {name}, " in line
    assert line.endswith(", chosen by its validation MSE 0.01500")


def test_the_exported_network_takes_any_number_of_images_and_contains_no_pickle(
    root: Path, client: MlflowClient, train: Train, network: Model
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
    assert {"encoder.pt2", "decoder.pt2", "served.py", "MLmodel"} <= {path.name for path in files}
    assert not [path for path in files if path.suffix in {".pkl", ".pth", ".pt", ".pickle"}]
    assert client.get_run(run_id).info.status == "FINISHED"


@pytest.fixture
def loaded(client: MlflowClient, train: Train) -> mlflow.pyfunc.PyFuncModel:
    """The network as MLflow loads it."""
    return mlflow.pyfunc.load_model(f"runs:/{train('linear', export=True)}/model")


def test_the_loaded_model_encodes_decodes_and_scores(loaded: mlflow.pyfunc.PyFuncModel, network: Model) -> None:
    network.eval()
    with torch.no_grad():
        codes, reconstructions = network.encode(IMAGES), network(IMAGES)
        scores = (reconstructions - IMAGES).square().mean(dim=(1, 2, 3))
    for task, inputs, expected in (
        ("encode", IMAGES, codes),
        ("decode", codes, reconstructions),
        ("score", IMAGES, scores),
        ("reconstruct", IMAGES, reconstructions),
    ):
        np.testing.assert_allclose(loaded.predict(inputs.numpy(), {"task": task}), expected.numpy(), atol=1e-6)


def test_the_loaded_model_reads_png_files_in_base64(loaded: mlflow.pyfunc.PyFuncModel) -> None:
    pixels = (IMAGES[:2] * 255).byte()
    expected = loaded.predict((pixels.float() / 255).numpy())
    np.testing.assert_allclose(loaded.predict(np.array([png(image[0]) for image in pixels])), expected, atol=1e-6)


def test_a_colour_model_reads_png_files(client: MlflowClient) -> None:
    model = models.build(NetworkSpec(latent=2, encoder=Encoder(dense=(8,))), (3, 6, 8), seed=3).eval()
    pixels = torch.randint(256, (2, 3, 6, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    with tracking.start_run(tracking.RunInfo("colour", "digits", {})) as run:
        run.log(lambda _, run_id: log_model(run_id, model, pixels.float() / 255))
    texts = np.array([png(image.permute(1, 2, 0).contiguous()) for image in pixels])
    codes = mlflow.pyfunc.load_model(f"runs:/{run.id}/model").predict(texts, {"task": "encode"})
    with torch.no_grad():
        np.testing.assert_allclose(codes, model.encode(pixels.float() / 255).numpy(), atol=1e-6)


def png(pixels: torch.Tensor) -> str:
    """Return an image, (H, W) or (H, W, C), as a PNG file in base64."""
    file = BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


INVALID = {
    "another shape": (IMAGES[:, :, :27], {}, r"inputs have the shape 5×1×27×28; must be N×1×28×28 with N > 0"),
    "a single image": (IMAGES[0], {}, r"inputs have the shape 1×28×28; must be N×1×28×28 with N > 0"),
    "no image": (IMAGES[:0], {}, r"inputs have the shape 0×1×28×28; must be N×1×28×28 with N > 0"),
    "large pixels": (IMAGES * 255, {}, r"pixels must be in \[0, 1\]"),
    "NaN": (IMAGES * torch.nan, {}, "inputs must be finite"),
    "codes for images": (torch.ones(2, 4), {}, r"inputs have the shape 2×4; must be N×1×28×28"),
    "images for codes": (IMAGES, {"task": "decode"}, r"inputs have the shape 5×1×28×28; must be N×4"),
    "an infinite code": (torch.full((1, 4), torch.inf), {"task": "decode"}, "inputs must be finite"),
    "words": (np.array(["shirt"]), {}, "a text must be a PNG file in base64"),
    "a damaged PNG": (np.array([png(torch.zeros(28, 28).byte())[:60]]), {}, "a text must be a PNG file in base64"),
    "a small PNG": (np.array([png(torch.zeros(8, 9).byte())]), {}, r"a PNG file has 9×8 pixels; must have 28×28"),
    "PNGs of two sizes": (
        np.array([png(torch.zeros(n, 28).byte()) for n in (28, 8)]),
        {},
        "a PNG file has 28×8 pixels",
    ),
    "a number beyond float32": (np.full((1, 4), 1e39), {"task": "decode"}, "inputs must be finite"),
    "a PNG with transparency": (np.array([png(torch.zeros(28, 28, 4).byte())]), {}, "a PNG file must have 8 bits"),
    "a PNG with 16 bits": (np.array([png(torch.zeros(28, 28).to(torch.uint16))]), {}, "a PNG file must have 8 bits"),
    "texts for codes": (np.array(["1"]), {"task": "decode"}, "inputs must be numbers"),
    "truth values": (IMAGES > 0, {}, "inputs must be numbers"),
    "an unknown task": (IMAGES, {"task": "classify"}, "task is 'classify'; must be one of reconstruct, encode, decode"),
}


def test_invalid_requests_are_refused_in_one_line(loaded: mlflow.pyfunc.PyFuncModel) -> None:
    for inputs, params, message in INVALID.values():
        with pytest.raises(MlflowException, match=f"^{message}") as caught:
            loaded.predict(np.asarray(inputs), params)
        assert len(str(caught.value).splitlines()) == 1
        assert caught.value.get_http_status_code() == 400


@pytest.mark.slow
def test_mlflow_serves_the_registered_network_without_this_project(
    root: Path, client: MlflowClient, train: Train, network: Model
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
            url = f"http://127.0.0.1:{port}/invocations"
            status, answer = post(url, {"inputs": IMAGES.tolist(), "params": {"task": "encode"}}, process)
            with torch.no_grad():
                expected = network.eval().encode(IMAGES).numpy()
            np.testing.assert_allclose(json.loads(answer)["predictions"], expected, atol=1e-5)
            assert status == 200
            status, answer = post(
                url, {"inputs": [png(torch.zeros(28, 28).byte())], "params": {"task": "score"}}, process
            )
            assert (status, len(json.loads(answer)["predictions"])) == (200, 1)
            for values in ([], ["shirt"], [[1, 2]], [[[[float("nan")] * 28] * 28]]):
                status, answer = post(url, {"inputs": values}, process)
                *_, reason = json.loads(answer)["message"].splitlines()
                assert (status, reason.partition(": ")[0]) == (400, "Error"), answer
            for request in ({"inputs": [[1, 2], [3]]}, {"images": 1}):  # refused by MLflow itself
                status, answer = post(url, request, process)
                assert 400 <= status < 500, (request, answer)


def post(url: str, content: object, process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Send JSON to a server that may still be starting; return the status and the answer."""
    opener = build_opener(ProxyHandler({}))
    request = Request(url, json.dumps(content).encode(), {"Content-Type": "application/json"})
    while process.poll() is None:
        try:
            with opener.open(request, timeout=60) as response:
                return response.status, response.read()
        except HTTPError as error:
            return error.code, error.read()
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("the server has ended")
