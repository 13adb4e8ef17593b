"""From IDX files to tensors and corrupted copies."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hourglass.corruptions import CORRUPTIONS, Corruption, Inputs
from hourglass.corruptions import corrupt
from hourglass.datasets import DATASETS, idx
from hourglass.datasets.preparation import prepare
from hourglass.errors import UserError
from hourglass.images import Images
from hourglass.randomness import generator

STRENGTHS = {"sigma": 0.2, "occlusion": 9, "sigma_low": 0.1, "sigma_high": 0.4}


TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


@pytest.fixture
def raw(tmp_path: Path, digits: Images, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Different images for training and test, fewer than the data set has elsewhere."""
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], training_images=30, test_images=30))
    for prefix, part in (("train", slice(0, 30)), ("t10k", slice(30, 60))):
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
    for split, part in (("train", slice(0, 30)), ("test", slice(30, 60))):
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


def _swapped(folder: Path) -> None:
    images, labels = ((folder / name).read_bytes() for name in (TRAIN_IMAGES, TRAIN_LABELS))
    (folder / TRAIN_IMAGES).write_bytes(labels)
    (folder / TRAIN_LABELS).write_bytes(images)


def _with(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    return lambda folder: idx.write(folder / name, np.ascontiguousarray(change(idx.read(folder / name))))


def _set(labels: np.ndarray, place: object, label: int) -> np.ndarray:
    labels[place] = label
    return labels


DAMAGED: dict[str, tuple[Callable[[Path], None], str]] = {
    "labels and images exchanged": (
        _swapped,
        rf"{TRAIN_IMAGES} holds uint8 of shape 30, where images of 28×28 bytes should be",
    ),
    "images in place of labels": (
        lambda folder: (folder / TEST_LABELS).write_bytes((folder / TEST_IMAGES).read_bytes()),
        rf"{TEST_LABELS} holds uint8 of shape 30×28×28 as labels, where 30 bytes should be, one an image",
    ),
    "images of another shape": (
        _with(TRAIN_IMAGES, lambda images: images.reshape(-1, 14, 56)),
        rf"{TRAIN_IMAGES} holds uint8 of shape 30×14×56, where images of 28×28 bytes should be",
    ),
    "a label too few": (
        _with(TRAIN_LABELS, lambda labels: labels[:-1]),
        rf"{TRAIN_LABELS} holds uint8 of shape 29 as labels, where 30 bytes should be, one an image",
    ),
    "an image too few": (
        _with(TEST_IMAGES, lambda images: images[:-1]),
        rf"{TEST_IMAGES} holds 29 images, where digits has 30",
    ),
    "no image": (
        _with(TEST_IMAGES, lambda images: images[:0]),
        rf"{TEST_IMAGES} holds uint8 of shape 0×28×28, where images",
    ),
    "no label": (_with(TEST_LABELS, lambda labels: labels[:0]), rf"{TEST_LABELS} holds uint8 of shape 0 as labels"),
    "a label of no class": (
        _with(TEST_LABELS, lambda labels: _set(labels, 3, 77)),
        rf"{TEST_LABELS} holds the label 77, where the 10 classes are 0 to 9",
    ),
    "classes without an image": (
        _with(TRAIN_LABELS, lambda labels: _set(labels, labels >= 8, 0)),
        rf"{TRAIN_LABELS} holds no image of class 8 \(8\), 9 \(9\)",
    ),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_files_that_are_not_the_data_sets_are_refused_by_name(raw: Path, tmp_path: Path, what: str) -> None:
    damage, said = DAMAGED[what]
    damage(raw)
    with pytest.raises(UserError, match=rf"raw/{said}.*; `dvc repro --force download` fetches it anew"):
        _prepared(raw, tmp_path, fresh=True)


def test_an_empty_file_is_refused_by_name(raw: Path, tmp_path: Path) -> None:
    (raw / TRAIN_LABELS).write_bytes(b"")
    with pytest.raises(UserError, match=f"{TRAIN_LABELS} is not an IDX file"):
        _prepared(raw, tmp_path, fresh=True)
