"""Corrupted images on disk."""

from pathlib import Path

import pytest
import torch

from hourglass.corruptions import Corruption, Inputs
from hourglass.errors import UserError
from hourglass.files import save_tensors


def _bytes(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "corruption",
    [Corruption("none"), Corruption("gaussian", sigma=0.3), Corruption("gaussian_occlusion", sigma=0.1, occlusion=12)],
)
def test_inputs_come_back_with_their_corruption(tmp_path: Path, corruption: Corruption) -> None:
    saved = Inputs(_bytes(7, 28, 28), corruption)
    saved.save(tmp_path / "test.safetensors")
    loaded = Inputs.load(tmp_path / "test.safetensors")
    assert torch.equal(loaded.images, saved.images)
    assert loaded.corruption == corruption


def test_a_missing_and_a_damaged_file_are_said(tmp_path: Path) -> None:
    path = tmp_path / "test.safetensors"
    with pytest.raises(UserError, match=r"test\.safetensors is missing; `dvc repro preprocess-noise` makes it"):
        Inputs.load(path)
    Inputs(_bytes(5, 28, 28), Corruption("none")).save(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"test\.safetensors is damaged .*`dvc repro preprocess-noise`"):
        Inputs.load(path)


def test_a_file_of_something_else_is_said(tmp_path: Path) -> None:
    save_tensors(tmp_path / "test.safetensors", {"reconstructions": _bytes(5, 28, 28)})
    with pytest.raises(UserError, match=r"test\.safetensors holds no images and no corruption"):
        Inputs.load(tmp_path / "test.safetensors")


def test_what_are_no_images_is_said(tmp_path: Path) -> None:
    Inputs(_bytes(5, 14, 56), Corruption("none")).save(tmp_path / "test.safetensors")
    with pytest.raises(UserError, match=r"test\.safetensors holds uint8 of shape 5×14×56, where images of 28×28 bytes"):
        Inputs.load(tmp_path / "test.safetensors")
