"""NumPy files in several forms become training and test images."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hourglass.datasets import find, preparation
from hourglass.datasets.own_images import OwnImages
from hourglass.errors import UserError

GENERATOR = np.random.default_rng(0)


def arrays(count: int, *shape: int, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    return GENERATOR.integers(0, 256, (count, *shape), np.uint8), np.arange(count) % classes


def inspect(path: Path, **settings: int) -> OwnImages:
    found = find("npz", path, **settings, log=lambda _: None)
    assert isinstance(found, OwnImages)
    return found


def test_the_form_of_medmnist(tmp_path: Path) -> None:
    content = {}
    for split, count in (("train", 40), ("val", 8), ("test", 12)):
        content[f"{split}_images"], labels = arrays(count, 32, 32)
        content[f"{split}_labels"] = labels[:, None].astype(np.uint8)
    np.savez_compressed(tmp_path / "blood-mnist.npz", **content)
    dataset = inspect(tmp_path / "blood-mnist.npz")
    assert (dataset.name, dataset.classes, dataset.shape) == ("blood_mnist", ("0", "1", "2", "3"), (1, 32, 32))
    dataset.fetch(tmp_path / "raw")
    test = preparation.read(tmp_path / "raw", "blood_mnist", "test")
    assert len(preparation.read(tmp_path / "raw", "blood_mnist", "train").images) == 48
    stored = {image.tobytes(): label for image, label in zip(content["test_images"], arrays(12)[1], strict=True)}
    for image, label in zip(test.images.numpy(), test.labels.tolist(), strict=True):
        assert stored.pop(image.tobytes()) == label
    assert not stored


@pytest.mark.parametrize("names", [("x_train", "y_train", "x_test", "y_test"), ("images", "labels")])
def test_other_names_and_colour(tmp_path: Path, names: tuple[str, ...]) -> None:
    content = [array for _ in names[::2] for array in arrays(20, 14, 16, 3)]
    np.savez(tmp_path / "x.npz", **dict(zip(names, content, strict=True)))
    np.savez(tmp_path / "f.npz", **dict(zip(names, map(np.asfortranarray, content), strict=True)))
    dataset, fortran_order = inspect(tmp_path / "x.npz"), inspect(tmp_path / "f.npz")
    assert dataset.shape == fortran_order.shape == (3, 14, 16)
    assert (dataset.training_images, dataset.test_images) == ((20, 20) if len(names) == 4 else (16, 4))
    train = dataset.load()["train"].images.permute(0, 2, 3, 1)
    assert {image.tobytes() for image in train.numpy()} <= {image.tobytes() for image in content[0]}
    assert torch.equal(train, fortran_order.load()["train"].images.permute(0, 2, 3, 1))


def test_labels_may_be_text_or_any_integers(tmp_path: Path) -> None:
    images, labels = arrays(20, 16, 16)
    for values, classes in ((["b", "a", "d", "c"], ("a", "b", "c", "d")), ([7, -1, 100, 20], ("-1", "7", "20", "100"))):
        np.savez(tmp_path / "x.npz", images=images, labels=np.array(values)[labels])
        dataset = inspect(tmp_path / "x.npz")
        assert dataset.classes == classes
        assert torch.equal(torch.from_numpy(np.unique(dataset.arranged.labels)), torch.arange(4).byte())


def test_size_and_channels(tmp_path: Path) -> None:
    images, labels = arrays(20, 40, 30, 1)
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    dataset = inspect(tmp_path / "x.npz", size=20, channels=3)
    test = dataset.load()["test"].images
    assert test.shape[1:] == dataset.shape == (3, 20, 20)
    assert torch.equal(test[:, 0], test[:, 2])


def test_prepared_files_of_other_images_are_refused(tmp_path: Path) -> None:
    images, labels = arrays(20, 16, 16)
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    inspect(tmp_path / "x.npz").fetch(tmp_path / "raw")
    with pytest.raises(UserError, match="raw: images of x, not of y; run `dvc repro --force download`"):
        preparation.read(tmp_path / "raw", "y", "train")
    (tmp_path / "raw/train.safetensors").write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"train\.safetensors is damaged .*; delete it and run `dvc repro download`"):
        preparation.read(tmp_path / "raw", "x", "train")
