"""The package is installed and used outside the repository; the notebook runs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from repository import ROOT

from hourglass import models
from hourglass.images import Images
from hourglass.models.spec import Encoder, NetworkSpec

PIPELINE = ("dvc", "jaxtyping", "matplotlib", "mlflow", "rich", "scipy", "sklearn", "torchvision")
WITHOUT_PIPELINE = f"""
import sys
for name in {PIPELINE}:
    sys.modules[name] = None  # as if it were not installed
from hourglass import signals
from hourglass.__main__ import program
for command in sys.argv[1:]:
    sys.argv[1:] = command.split()
    try:
        program()
    except Exception as error:
        signals.report(error)
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a folder with a model and test images, as `make repro` writes them."""
    spec = NetworkSpec(latent=3, encoder=Encoder(dense=(16,)))
    models.save(models.build(spec, (1, 28, 28)), tmp_path / "models/strided.safetensors")
    pixels = torch.randint(256, (1000, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    images = Images(pixels, torch.arange(1000).remainder(10).byte(), "digits", tuple("0123456789"))
    images.save(tmp_path / "data/prepared/images/test.safetensors")
    np.savez(tmp_path / "photos.npz", images=pixels[:5, 0].numpy())
    return tmp_path


def test_the_wheel_is_enough_outside_the_repository(repository: Path) -> None:
    shutil.copytree(ROOT / "src", repository / "copy/src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", repository / "copy")  # as the build writes beside it
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-build-isolation", "--target", "installed", "./copy"], cwd=repository, check=True)
    commands = (
        "encode models/strided.safetensors photos.npz -o codes.csv",
        "encode models/strided.safetensors photos.npz -o codes.npz",
        "encode models:/hourglass-mnist-denoising@best photos.npz -o codes.csv",
        "sample models/strided.safetensors --reference photos.npz -o samples",
    )
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_PIPELINE, *commands],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": "installed"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "".join(f"5 codes of 3 values in {name}\n" for name in ("codes.csv", "codes.npz"))
    registered, sample = result.stderr.splitlines()
    assert registered.startswith("error: models:/hourglass-mnist-denoising@best: MLflow's models need the pipeline's")
    assert sample == "error: `hourglass sample` needs another package; run `pip install scikit-learn`"
    assert (repository / "installed/bin/hourglass").exists()


def test_the_notebook_runs(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    cells = json.loads((ROOT / "docs/trained-models.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert len(plt.get_fignums()) == 3
    plt.close("all")
