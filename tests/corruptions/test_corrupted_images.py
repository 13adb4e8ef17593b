"""Corrupted images on disk, and the training inputs of a variant."""

from pathlib import Path

import pytest
import torch

from hourglass.corruptions import CorruptedImages, Corruption, TrainingInputs, corrupt
from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.images import Images
from hourglass.randomness import generator

NOISE = Corruption("gaussian", sigma=0.3)
BOTH = Corruption("gaussian_occlusion", sigma=0.1, occlusion=12)


def test_colour_images_are_read_back_and_grey_ones_are_stored_without_channels(tmp_path: Path, digits: Images) -> None:
    for images, stored in ((digits.images[:7], (7, 28, 28)), (digits.images[:9].view(3, 3, 28, 28), (3, 3, 28, 28))):
        noisy = corrupt(images, BOTH, generator(0, "noise"))
        CorruptedImages(noisy, BOTH).save(tmp_path / "test.safetensors")
        assert torch.equal(CorruptedImages.load(tmp_path / "test.safetensors").images, noisy)
        assert load_tensors(tmp_path / "test.safetensors", "")[0]["images"].shape == stored


def test_damaged_files_are_refused(tmp_path: Path, digits: Images) -> None:
    path = tmp_path / "test.safetensors"
    save_tensors(path, {"reconstructions": digits.images})
    with pytest.raises(UserError, match=r"test\.safetensors has no images and no corruption"):
        CorruptedImages.load(path)
    CorruptedImages(digits.images.reshape(-1, 4, 14, 14), Corruption("none")).save(path)
    with pytest.raises(UserError, match=r"test\.safetensors: images are uint8 of shape \d+×4×14×14; must be uint8"):
        CorruptedImages.load(path)


@pytest.mark.parametrize("metadata", ["", "{", "[]", "{}", '{"name": "gone"}', '{"name": "gaussian", "occlusion": 3}'])
def test_invalid_metadata_is_refused(tmp_path: Path, digits: Images, metadata: str) -> None:
    path = tmp_path / "test.safetensors"
    save_tensors(path, {"images": digits.images}, corruption=metadata)
    with pytest.raises(UserError, match=r"invalid metadata \(.+\); .*`dvc repro preprocess-noise`$"):
        CorruptedImages.load(path)


def test_training_inputs_are_those_of_stage_preprocess_noise_or_the_clean_images(digits: Images) -> None:
    inputs = TrainingInputs.of(digits, CorruptedImages(digits.images[:5], NOISE), 7)
    assert torch.equal(inputs.train, corrupt(digits.images, NOISE, generator(7, "inputs", "train", "gaussian")))
    assert torch.equal(inputs.test, digits.images[:5])
    assert not inputs.clean
    clean = TrainingInputs.of(digits, CorruptedImages(digits.images[:5], Corruption("none")), 7)
    assert clean.train is digits.images
    assert clean.clean
