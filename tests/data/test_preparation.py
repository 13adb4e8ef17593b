"""From IDX files to tensors and corrupted copies."""

from pathlib import Path

import pytest
import torch

from hourglass.data import CORRUPTIONS, Corruption, Images, Inputs, idx
from hourglass.data.preparation import corrupted, prepare
from hourglass.randomness import generator

STRENGTHS = {"sigma": 0.2, "occlusion": 9}


@pytest.fixture
def raw(tmp_path: Path, digits: Images) -> Path:
    """Different images for training and test."""
    for prefix, part in (("train", slice(0, 30)), ("t10k", slice(30, 50))):
        folder = tmp_path / "raw"
        folder.mkdir(exist_ok=True)
        idx.write(folder / f"{prefix}-images-idx3-ubyte", digits.images[part].numpy())
        idx.write(folder / f"{prefix}-labels-idx1-ubyte", digits.labels[part].numpy())
    return tmp_path / "raw"


def _prepared(raw: Path, folder: Path, fresh: bool, seed: int = 5) -> Path:
    prepare(raw, folder / "images", folder / "inputs", "digits", STRENGTHS, fresh, seed)
    return folder


def test_each_split_is_kept_with_its_labels_and_the_names_of_its_classes(
    raw: Path, tmp_path: Path, digits: Images
) -> None:
    folder = _prepared(raw, tmp_path, fresh=True)
    for split, part in (("train", slice(0, 30)), ("test", slice(30, 50))):
        found = Images.load(folder / f"images/{split}.safetensors")
        assert torch.equal(found.images, digits.images[part])
        assert torch.equal(found.labels, digits.labels[part])
        assert (found.dataset, found.classes) == ("digits", tuple("0123456789"))


@pytest.mark.parametrize("fresh", [True, False])
def test_test_images_are_corrupted_in_every_way_and_training_images_where_noise_is_fixed(
    raw: Path, tmp_path: Path, fresh: bool
) -> None:
    folder = _prepared(raw, tmp_path, fresh)
    for split in ("train", "test"):
        images = Images.load(folder / f"images/{split}.safetensors").images
        for name in CORRUPTIONS:
            file = folder / f"inputs/{name}/{split}.safetensors"
            assert file.exists() == (split == "test" or (not fresh and name != "none"))
            if file.exists():
                corruption = Corruption.of(name, STRENGTHS)
                expected = corrupted(images, corruption, generator(5, "inputs", split, name))
                found = Inputs.load(file)
                assert torch.equal(found.images, expected)
                assert found.corruption == corruption


def test_another_seed_draws_other_noise(raw: Path, tmp_path: Path) -> None:
    first, second = (
        Inputs.load(_prepared(raw, tmp_path / str(seed), True, seed) / "inputs/gaussian/test.safetensors").images
        for seed in (1, 2)
    )
    assert not torch.equal(first, second)
