"""Test the registration of the best networks, and that MLflow serves them."""

import base64
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pytest
import torch
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from PIL import Image
from serving import answer, free_port, server
from torch import nn

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
IMAGES = torch.rand(5, 3, 6, 8, generator=torch.Generator().manual_seed(0))
NETWORK = NetworkSpec(latent=4, encoder=Encoder(dense=(8,)))
Train = Callable[..., str]


@pytest.fixture
def train(client: MlflowClient) -> Train:
    """Log a finished, evaluated run with a network of no content; return its id."""

    def log_placeholder(client: MlflowClient, run_id: str) -> None:
        client.create_logged_model(client.get_run(run_id).info.experiment_id, source_run_id=run_id)

    def log(
        name: str,
        sigma: float = 0.3,
        collapsed: bool = False,
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
            run.log(log_placeholder)
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
    model = models.build(NETWORK, (3, 6, 8), seed=3)
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
    values = {"seed": 0, "network": NETWORK, "loss": "squared_error", "corruption": "none", "strengths": {}}
    validated = TrainConfig(**values, fresh_noise=True, train=spec)
    for purpose, name in (("reconstruction", "first"), ("denoising", "denoising")):
        line = register_best(client, "digits", purpose, 0.3, validated)
        assert f"@best is {name}, " in line
    assert line.endswith(", chosen by its validation MSE 0.01500")


@dataclass(frozen=True)
class Exported:
    """A network, the repository whose store has it under the alias `best`, and what MLflow loads from there."""

    network: Model
    root: Path
    loaded: mlflow.pyfunc.PyFuncModel


@pytest.fixture(scope="module")
def exported(
    new_root: Callable[[Path, pytest.MonkeyPatch], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exported]:
    network = models.build(NETWORK, (3, 6, 8), seed=0)
    network.encoder.insert(0, nn.Dropout(0.5))  # which changes outputs in training mode
    with pytest.MonkeyPatch.context() as patch:
        root = new_root(tmp_path_factory.mktemp("exported"), patch)
        with tracking.start_run(tracking.RunInfo("linear", "digits", {})) as run:
            run.log(lambda _, run_id: log_model(run_id, network.train(), IMAGES))
            run.log_results({"evaluate/mse": 0.02, "evaluate/collapsed": 0.0})
        assert network.training
        register(store.connect())
        patch.setenv("MLFLOW_TRACKING_URI", store.uri())
        yield Exported(network.eval(), root, mlflow.pyfunc.load_model(f"models:/{NAME}@best"))


def test_the_exported_network_takes_any_number_of_images_and_contains_no_pickle(exported: Exported) -> None:
    for count in (1, 3, 5):
        with torch.no_grad():
            expected = exported.network(IMAGES[:count]).numpy()
        np.testing.assert_allclose(exported.loaded.predict(IMAGES[:count].numpy()), expected, atol=1e-6)
    files = [path for path in (exported.root / "mlflow-artifacts").rglob("*") if path.is_file()]
    assert {"encoder.pt2", "decoder.pt2", "served.py", "MLmodel"} <= {path.name for path in files}
    assert not [path for path in files if path.suffix in {".pkl", ".pth", ".pt", ".pickle"}]


def test_the_loaded_model_encodes_decodes_and_scores_arrays_and_png_files(exported: Exported) -> None:
    pixels = (IMAGES * 255).byte()
    grey = pixels[:, 0]
    files = np.array([png(image.permute(1, 2, 0).contiguous()) for image in pixels])
    for images, inputs in (
        (IMAGES, IMAGES.numpy()),
        (pixels / 255, files),
        (grey[:, None].expand(-1, 3, -1, -1) / 255, np.array([png(image) for image in grey])),
    ):
        with torch.no_grad():
            codes, reconstructions = exported.network.encode(images), exported.network(images)
        scores = (reconstructions - images).square().mean(dim=(1, 2, 3))
        for task, given, expected in (
            ("encode", inputs, codes),
            ("decode", codes.numpy(), reconstructions),
            ("score", inputs, scores),
            ("reconstruct", inputs, reconstructions),
        ):
            found = exported.loaded.predict(given, {"task": task})
            np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)


def png(pixels: torch.Tensor) -> str:
    """Return an image, (H, W) or (H, W, C), as a PNG file in base64."""
    file = BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def pngs(*pixels: torch.Tensor) -> np.ndarray:
    return np.array(list(map(png, pixels)))


DECODE = {"task": "decode"}
INVALID: list[tuple[object, dict[str, str], str]] = [
    (IMAGES[:, :, :5], {}, r"inputs have the shape 5×3×5×8; must be N×3×6×8 with N > 0"),
    (IMAGES[0], {}, r"inputs have the shape 3×6×8; must be N×3×6×8"),
    (IMAGES[:0], {}, r"inputs have the shape 0×3×6×8; must be N×3×6×8"),
    (IMAGES * 255, {}, r"pixels must be in \[0, 1\]"),
    (IMAGES * torch.nan, {}, "inputs must be finite"),
    (IMAGES, DECODE, r"inputs have the shape 5×3×6×8; must be N×4"),
    (torch.full((1, 4), torch.inf), DECODE, "inputs must be finite"),
    (np.full((1, 4), 1e39), DECODE, "inputs must be finite"),  # beyond float32
    (np.array(["shirt"]), {}, "a text must be a PNG file in base64"),
    (np.array([png(torch.zeros(6, 8).byte())[:60]]), {}, "a text must be a PNG file in base64"),
    (pngs(torch.zeros(6, 8).byte(), torch.zeros(8, 9).byte()), {}, "a PNG file has 9×8 pixels; must have 8×6"),
    (pngs(torch.zeros(6, 8, 4).byte()), {}, "a PNG file must have 8 bits"),  # with transparency
    (pngs(torch.zeros(6, 8).to(torch.uint16)), {}, "a PNG file must have 8 bits"),
    (np.array(["1"]), DECODE, "inputs must be numbers"),
    (IMAGES > 0, {}, "inputs must be numbers"),
    (IMAGES, {"task": "classify"}, "task is 'classify'; must be one of reconstruct, encode, decode"),
]


def test_invalid_requests_are_refused_in_one_line(exported: Exported) -> None:
    for inputs, params, message in INVALID:
        with pytest.raises(MlflowException, match=f"^{message}") as caught:
            exported.loaded.predict(np.asarray(inputs), params)
        assert len(str(caught.value).splitlines()) == 1
        assert caught.value.get_http_status_code() == 400


@pytest.mark.slow
def test_mlflow_serves_the_registered_network_without_this_project(exported: Exported) -> None:
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "--port", port]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # of uvicorn
    with server([*command, "--model-uri", f"models:/{NAME}@best"], variables) as process:

        def post(content: object) -> tuple[int, Any]:
            status, text = answer(process, f"http://127.0.0.1:{port}/invocations", json.dumps(content).encode())
            return status, json.loads(text)

        status, encoded = post({"inputs": IMAGES.tolist(), "params": {"task": "encode"}})
        with torch.no_grad():
            np.testing.assert_allclose(encoded["predictions"], exported.network.encode(IMAGES).numpy(), atol=1e-5)
        assert status == 200
        status, scores = post({"inputs": [png(torch.zeros(6, 8).byte())], "params": {"task": "score"}})
        assert (status, len(scores["predictions"])) == (200, 1)
        for values in ([], ["shirt"], [[1, 2]], [[[[float("nan")] * 8] * 6] * 3]):
            status, refusal = post({"inputs": values})
            *_, reason = refusal["message"].splitlines()
            assert (status, reason.partition(": ")[0]) == (400, "Error"), refusal
