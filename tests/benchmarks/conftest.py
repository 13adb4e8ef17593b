"""A folder in which the benchmark runs."""

import shutil
from pathlib import Path

import pytest
import torch
from repository import ROOT

from hourglass.images import Images
from hourglass.paths import IMAGES


@pytest.fixture
def workspace(tmp_path: Path, digits: Images, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to a folder with params.yaml and prepared digits."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    for split, images in (("train", digits.images[:600]), ("test", digits.images[600:900])):
        labels = torch.zeros(len(images), dtype=torch.uint8)
        Images(images, labels, "digits", digits.classes).save(tmp_path / IMAGES / f"{split}.safetensors")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path
