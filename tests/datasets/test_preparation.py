"""Conversion of IDX files to tensors and corrupted copies."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hourglass.corruptions import CORRUPTIONS, CorruptedImages, Corruption, corrupt
from hourglass.datasets import DATASETS, idx, preparation
from hourglass.datasets.preparation import outliers, prepare
from hourglass.errors import UserError
from hourglass.files import load_tensors
from hourglass.images import Images
from hourglass.randomness import generator

STRENGTHS = {"sigma": 0.2, "occlusion": 9, "sigma_low": 0.1, "sigma_high": 0.4}
TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
PARTS = {"train": slice(0, 30), "test": slice(30, 60)}


@pytest.fixture
def raw(tmp_path: Path, digits: Images, monkeypatch: pytest.MonkeyPatch) -> Path:
    """30 training and 30 other test images."""
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], training_images=30, test_images=30))
    (tmp_path / "raw").mkdir()
    for prefix, part in zip(("train", "t10k"), PARTS.values(), strict=True):
        idx.write(tmp_path / f"raw/{prefix}-images-idx3-ubyte", digits.images[part, 0].numpy())
        idx.write(tmp_path / f"raw/{prefix}-labels-idx1-ubyte", digits.labels[part].numpy())
    return tmp_path / "raw"


def _prepared(raw: Path, folder: Path, fresh: bool = True) -> Path:
    prepare(raw, folder / "images", folder / "inputs", folder / "outliers.safetensors", "digits", STRENGTHS, fresh, 5)
    return folder


@pytest.mark.parametrize("fresh", [True, False])
def test_clean_and_corrupted_images(raw: Path, tmp_path: Path, digits: Images, fresh: bool) -> None:
    folder = _prepared(raw, tmp_path, fresh)
    for split, part in PARTS.items():
        clean = Images.load(folder / f"images/{split}.safetensors")
        assert torch.equal(clean.images, digits.images[part])
        assert torch.equal(clean.labels, digits.labels[part])
        assert (clean.dataset, clean.classes) == ("digits", tuple("0123456789"))
        for name in CORRUPTIONS:
            file = folder / f"inputs/{name}/{split}.safetensors"
            assert file.exists() == (split == "test" or (not fresh and name != "none"))
            if file.exists():
                corruption = Corruption.of(name, STRENGTHS)
                corrupted = CorruptedImages.load(file)
                expected = corrupt(clean.images, corruption, generator(5, "inputs", split, name))
                assert torch.equal(corrupted.images, expected)
                assert corrupted.corruption == corruption


def test_outliers_are_flipped_images_noise_and_another_data_set(
    raw: Path, tmp_path: Path, digits: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "digits", replace(DATASETS["digits"], other="digits"))
    shutil.copytree(raw, raw / "other")
    found, _ = load_tensors(_prepared(raw, tmp_path) / "outliers.safetensors", "preprocess-noise")
    test = digits.images[PARTS["test"]]
    assert torch.equal(found["other"], test)
    assert torch.equal(found["flipped"], test.flip(2))
    assert found["noise"].shape == test.shape
    monkeypatch.setattr(preparation, "MOST_OUTLIERS", 3)
    assert {len(images) for images in outliers(raw, Images(test, torch.zeros(len(test)), "own", ()), 5).values()} == {3}
    assert 100 < found["noise"].double().mean() < 155


def _changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        idx.write(folder / name, np.ascontiguousarray(change(idx.read(folder / name).numpy())))

    return apply


DAMAGE: list[tuple[Callable[[Path], object], str]] = [
    (
        lambda raw: shutil.copy(raw / TRAIN_LABELS, raw / TRAIN_IMAGES),
        f"{TRAIN_IMAGES}: images are uint8 of shape 30; ",
    ),
    (
        lambda raw: shutil.copy(raw / TEST_IMAGES, raw / TEST_LABELS),
        f"{TEST_LABELS}: labels are uint8 of shape 30×28×28",
    ),
    (
        _changed(TRAIN_IMAGES, lambda images: images.reshape(-1, 14, 56)),
        f"{TRAIN_IMAGES}: images are 1×14×56; those of digits are 1×28×28",
    ),
    (_changed(TRAIN_LABELS, lambda labels: labels[:-1]), f"{TRAIN_LABELS}: labels are .* 29; must"),
    (_changed(TEST_IMAGES, lambda images: images[:-1]), f"{TEST_IMAGES}: 29 images; digits has 30"),
    (
        _changed(TEST_LABELS, lambda labels: np.where(labels == labels[3], 77, labels)),
        f"{TEST_LABELS}: label 77 is out of range",
    ),
    (
        _changed(TRAIN_LABELS, lambda labels: np.where(labels >= 8, 0, labels)),
        rf"{TRAIN_LABELS}: no image of class 8 \(8\), 9 \(9\)",
    ),
    (lambda raw: (raw / TRAIN_LABELS).write_bytes(b""), f"{TRAIN_LABELS} is not a valid IDX file"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGE)
def test_files_of_another_data_set_are_refused(
    raw: Path, tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(raw)
    with pytest.raises(UserError, match=rf"raw/{message}.*; run `dvc repro --force download`"):
        _prepared(raw, tmp_path)
