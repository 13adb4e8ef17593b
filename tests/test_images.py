"""Images on disk and in batches, and the mean image."""

import json
from pathlib import Path

import pytest
import torch
from shapes import IMAGE

from hourglass.datasets import DATASETS
from hourglass.errors import UserError
from hourglass.evaluation.evaluate import first_of_each_class
from hourglass.files import load_tensors, save_tensors
from hourglass.images import Images, mean_image_mse, mean_pixel, to_float, to_uint8

DIGITS = DATASETS["digits"].classes


def _random(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("shape", "stored"), [(IMAGE, (28, 28)), ((3, 20, 24), (3, 20, 24))])
def test_images_are_read_back_and_equal_images_give_equal_bytes(
    tmp_path: Path, shape: tuple[int, int, int], stored: tuple[int, ...]
) -> None:
    saved = Images(_random(7, *shape), _random(7) % 10, "mnist", DIGITS)
    for name in ("first", "second"):
        saved.save(tmp_path / "new" / name)
    loaded = Images.load(tmp_path / "new" / "first")
    assert torch.equal(loaded.images, saved.images)
    assert loaded.shape == shape
    assert load_tensors(tmp_path / "new" / "first", "")[0]["images"].shape == (7, *stored)
    assert torch.equal(loaded.labels, saved.labels)
    assert (loaded.dataset, loaded.classes) == ("mnist", DIGITS)
    assert (tmp_path / "new" / "first").read_bytes() == (tmp_path / "new" / "second").read_bytes()


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "test.safetensors"
    with pytest.raises(UserError, match=r"test\.safetensors is missing; run `dvc repro preprocess-noise`"):
        Images.load(path)
    Images(_random(5, *IMAGE), _random(5), "mnist", DIGITS).save(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"test\.safetensors is damaged .*`dvc repro preprocess-noise`"):
        Images.load(path)
    save_tensors(path, {"images": _random(5, *IMAGE)})
    with pytest.raises(UserError, match=r"test\.safetensors has no labels and no about"):
        Images.load(path)


GREY, LABELS = _random(5, 28, 28), _random(5) % 10  # as files store them
INVALID = {
    "shape": (_random(5, 14), LABELS, "images are uint8 of shape 5×14; must be uint8 of shape N×H×W or N×3×H×W"),
    "channels": (_random(5, 2, 28, 28), LABELS, "images are uint8 of shape 5×2×28×28; must be uint8 of shape N×H×W"),
    "dtype": (GREY.float(), LABELS, "images are float32 of shape 5×28×28"),
    "empty": (GREY[:0], LABELS[:0], "images are uint8 of shape 0×28×28"),
    "number of labels": (GREY, LABELS[:4], "labels are uint8 of shape 4; must be uint8 of shape 5"),
    "label": (GREY, torch.tensor([0, 1, 77, 3, 4]).byte(), "label 77 is out of range; must be 0 to 9"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_images_and_labels_are_refused(tmp_path: Path, name: str) -> None:
    images, labels, message = INVALID[name]
    about = json.dumps({"dataset": "mnist", "classes": DIGITS})
    save_tensors(tmp_path / "test.safetensors", {"images": images, "labels": labels}, about=about)
    with pytest.raises(UserError, match=rf"test\.safetensors: {message}.*; delete it and run `dvc repro pre"):
        Images.load(tmp_path / "test.safetensors")


@pytest.mark.parametrize("metadata", ["", "{", "[]", "7", "{}", '{"dataset": "mnist", "classes": 3}'])
def test_invalid_metadata_is_refused(tmp_path: Path, metadata: str) -> None:
    path = tmp_path / "test.safetensors"
    save_tensors(path, {"images": GREY, "labels": LABELS}, about=metadata)
    with pytest.raises(UserError, match=r"invalid metadata \(.+\); .*`dvc repro preprocess-noise`$"):
        Images.load(path)


@pytest.mark.parametrize(("classes", "shown", "per_class"), [(2, 2, 10), (4, 4, 10), (10, 10, 10), (26, 20, 7)])
def test_examples_are_of_at_most_twenty_classes_in_pictures_and_of_all_in_records(
    classes: int, shown: int, per_class: int
) -> None:
    labels = torch.arange(classes).repeat_interleave(12).flip(0).byte()
    images = Images(_random(len(labels), 1, 2, 2), labels, "", tuple(map(str, range(classes))))
    assert labels[images.first_of_each_class()].tolist() == list(range(shown))
    examples = labels[first_of_each_class(images)].tolist()
    assert examples == [label for label in range(classes) for _ in range(per_class)]


def test_pixels_are_divided_by_255_and_rounded_and_clipped_on_the_way_back() -> None:
    values = torch.arange(256, dtype=torch.uint8).repeat(4)[:784].reshape(1, *IMAGE)
    assert torch.equal(to_float(values), values / torch.tensor(255.0))
    assert torch.equal(to_uint8(to_float(values)), values)
    pixels = torch.tensor([-0.5, 0.4 / 255, 0.6 / 255, 254.6 / 255, 7.0]).reshape(5, 1, 1, 1)
    assert to_uint8(pixels).flatten().tolist() == [0, 0, 1, 255, 255]


def test_the_mean_image_is_that_of_the_training_images() -> None:
    images, black = _random(50, *IMAGE), torch.zeros(6, *IMAGE, dtype=torch.uint8)
    variance = (images.double() / 255).var(dim=0, correction=0).mean().item()
    assert mean_image_mse(images, images) == pytest.approx(variance, rel=1e-12)
    assert mean_image_mse(torch.cat([black, 255 - black, 255 - black]), black) == pytest.approx(4 / 9)
    assert mean_pixel(images) == pytest.approx(images.double().mean().item() / 255, rel=1e-12)
