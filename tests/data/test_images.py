"""Images on disk and in a batch."""

from pathlib import Path

import pytest
import torch

from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.files import save_tensors
from hourglass.images import Images, mean_pixel, to_float, to_uint8

DIGITS = DATASETS["digits"].classes


def _bytes(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dataset", DATASETS)
def test_images_come_back_as_they_were_saved(tmp_path: Path, dataset: str) -> None:
    saved = Images(_bytes(7, 28, 28), _bytes(7) % 10, dataset, DATASETS[dataset].classes)
    saved.save(tmp_path / "made" / "test.safetensors")
    loaded = Images.load(tmp_path / "made" / "test.safetensors")
    assert torch.equal(loaded.images, saved.images)
    assert torch.equal(loaded.labels, saved.labels)
    assert (loaded.dataset, loaded.classes) == (dataset, DATASETS[dataset].classes)
    assert len(loaded.classes) == 10


def test_equal_images_make_equal_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        Images(_bytes(5, 28, 28), _bytes(5), "mnist", DIGITS).save(tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_missing_and_a_damaged_file_are_said(tmp_path: Path) -> None:
    path = tmp_path / "test.safetensors"
    with pytest.raises(UserError, match=r"test\.safetensors is missing; `dvc repro preprocess-noise` makes it"):
        Images.load(path)
    Images(_bytes(5, 28, 28), _bytes(5), "mnist", DIGITS).save(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"test\.safetensors is damaged .*`dvc repro preprocess-noise`"):
        Images.load(path)


def test_a_file_of_something_else_is_said(tmp_path: Path) -> None:
    save_tensors(tmp_path / "test.safetensors", {"images": _bytes(5, 28, 28)})
    with pytest.raises(UserError, match=r"test\.safetensors holds no labels and no about"):
        Images.load(tmp_path / "test.safetensors")


WRONG = {
    "another shape": (
        _bytes(5, 14, 56),
        _bytes(5) % 10,
        "uint8 of shape 5×14×56, where images of 28×28 bytes should be",
    ),
    "floats": (_bytes(5, 28, 28).float(), _bytes(5) % 10, "float32 of shape 5×28×28, where images of 28×28 bytes"),
    "no image": (_bytes(0, 28, 28), _bytes(0), "uint8 of shape 0×28×28, where images"),
    "a single number": (torch.tensor(7, dtype=torch.uint8), _bytes(1), "uint8 of shape none, where images"),
    "a label too few": (_bytes(5, 28, 28), _bytes(4) % 10, "uint8 of shape 4 as labels, where 5 bytes should be"),
    "labels of eight bytes": (_bytes(5, 28, 28), _bytes(5).long() % 10, "int64 of shape 5 as labels, where 5 bytes"),
    "a label of no class": (
        _bytes(5, 28, 28),
        torch.tensor([0, 1, 77, 3, 4], dtype=torch.uint8),
        "the label 77, where the 10 classes are 0 to 9",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_are_no_labelled_images_is_said(tmp_path: Path, what: str) -> None:
    images, labels, said = WRONG[what]
    Images(images, labels, "mnist", DIGITS).save(tmp_path / "test.safetensors")
    with pytest.raises(UserError, match=rf"test\.safetensors holds {said}.*; delete it and run `dvc repro pre"):
        Images.load(tmp_path / "test.safetensors")


def test_samples_are_of_as_many_classes_as_there_are() -> None:
    labels = torch.tensor([1, 0, 1, 2, 0], dtype=torch.uint8)
    assert Images(_bytes(5, 28, 28), labels, "three", ("a", "b", "c")).first_of_each_class().tolist() == [1, 0, 3]


def test_the_first_image_of_each_class_is_found() -> None:
    labels = torch.tensor([3, 3, 1, 0, 2, 9, 8, 7, 6, 5, 4, 0, 1], dtype=torch.uint8)
    first = Images(_bytes(13, 28, 28), labels, "mnist", DIGITS).first_of_each_class()
    assert first.tolist() == [3, 2, 4, 0, 10, 9, 8, 7, 6, 5]


def test_a_batch_is_float_in_the_unit_range_and_goes_back_exactly() -> None:
    every = torch.arange(256, dtype=torch.uint8).repeat(4)[:784].reshape(1, 28, 28)
    batch = to_float(every)
    assert (batch.shape, batch.dtype) == ((1, 1, 28, 28), torch.float32)
    assert (batch.min(), batch.max()) == (0, 1)
    assert batch.flatten()[51].item() == pytest.approx(0.2)
    assert torch.equal(to_uint8(batch), every)


def test_storing_rounds_to_the_nearest_and_clips() -> None:
    pixels = torch.tensor([-0.5, 0.0, 0.4 / 255, 0.6 / 255, 127.4 / 255, 254.6 / 255, 1.0, 7.0])
    stored = to_uint8(pixels.repeat(98).reshape(1, 1, 28, 28))
    assert (stored.shape, stored.dtype) == ((1, 28, 28), torch.uint8)
    assert stored.flatten()[:8].tolist() == [0, 0, 0, 1, 127, 255, 255, 255]


def test_a_single_image_keeps_its_batch() -> None:
    assert to_uint8(to_float(_bytes(1, 28, 28))).shape == (1, 28, 28)


def test_the_mean_pixel_is_exact() -> None:
    images = torch.full((50_000, 28, 28), 255, dtype=torch.uint8)
    images[:25_000] = 1  # a float32 sum would have lost count
    assert mean_pixel(images) == pytest.approx((255 + 1) / 2 / 255, rel=1e-12)
