"""Published archives, in files of the same form made here: pixels and labels are those that were written."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from scipy.io import savemat
from torchvision import datasets as published

from hourglass.datasets import DATASETS, cifar, idx, sources
from hourglass.datasets.preparation import read
from hourglass.errors import UserError

pytestmark = pytest.mark.usefixtures("offline")
GENERATOR = np.random.default_rng(0)
Arrays = dict[str, tuple[np.ndarray, np.ndarray]]
"""Images (N, C, H, W) and labels (N,) by split."""


def packed(array: np.ndarray, folder: Path) -> bytes:
    idx.write(folder / "idx", np.ascontiguousarray(array))
    return gzip.compress((folder / "idx").read_bytes())


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def write_kmnist(folder: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    content = [array for images, labels in arrays.values() for array in (images[:, 0], labels)]
    for name, array in zip(idx.FILES, content, strict=True):
        (folder / f"{name}.gz").write_bytes(packed(array, folder.parent))
    resources = [(f"{name}.gz", md5(folder / f"{name}.gz")) for name in idx.FILES]
    monkeypatch.setattr(published.KMNIST, "resources", resources)


def write_emnist(folder: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    with ZipFile(folder / "gzip.zip", "w") as archive:
        for part, first in (("letters", 1), ("balanced", 0)):
            for split, (images, labels) in arrays.items():
                name = f"gzip/emnist-{part}-{split}"
                columns_first = images[:, 0].transpose(0, 2, 1)
                archive.writestr(f"{name}-images-idx3-ubyte.gz", packed(columns_first, folder.parent))
                archive.writestr(f"{name}-labels-idx1-ubyte.gz", packed(labels + np.uint8(first), folder.parent))
    monkeypatch.setattr(published.EMNIST, "md5", md5(folder / "gzip.zip"))


def write_cifar(folder: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = DATASETS[folder.name]
    assert isinstance(dataset, cifar.Cifar)
    with tarfile.open(folder / dataset.archive, "w:gz") as archive:
        for split, names in (("train", dataset.train), ("test", (dataset.test,))):
            images, labels = arrays[split]
            coarse = np.full((len(images), dataset.labels - 1), 99, np.uint8)
            records = np.concatenate([coarse, labels[:, None], images.reshape(len(images), -1)], axis=1)
            for name, part in zip(names, np.array_split(records, len(names)), strict=True):
                member = tarfile.TarInfo(name)
                member.size = part.nbytes
                archive.addfile(member, io.BytesIO(part.tobytes()))
    changed = type(dataset)(**{**vars(dataset), "md5": md5(folder / dataset.archive)})
    monkeypatch.setitem(DATASETS, folder.name, changed)


def write_svhn(folder: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = {}
    for split, (images, labels) in arrays.items():
        file = folder / f"{split}_32x32.mat"
        stored = np.where(labels == 0, 10, labels).astype(np.uint8)
        savemat(file, {"X": images.transpose(2, 3, 1, 0), "y": stored[:, None]})
        listed[split] = [f"http://127.0.0.1:1/{file.name}", file.name, md5(file)]
    monkeypatch.setattr(published.SVHN, "split_list", listed)


WRITE: dict[str, Callable[[Path, Arrays, pytest.MonkeyPatch], None]] = {
    "kmnist": write_kmnist,
    "emnist_letters": write_emnist,
    "emnist_balanced": write_emnist,
    "cifar10": write_cifar,
    "cifar100": write_cifar,
    "svhn": write_svhn,
}
CLASSES = {"emnist_letters": 26, "emnist_balanced": 47, "cifar100": 100}
Written = tuple[str, Path, Arrays]


@pytest.fixture
def written(own: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Written:
    """Name of a data set, the folder of its archives, and its images, in place of the published ones."""
    name = request.param
    dataset, arrays = DATASETS[name], {}
    for split, count in (("train", 3 * len(dataset.classes)), ("test", len(dataset.classes))):
        images = GENERATOR.integers(0, 256, (count, *dataset.shape), np.uint8)
        arrays[split] = images, (np.arange(count) % len(dataset.classes)).astype(np.uint8)
    path = own / name.partition("_")[0]
    path.mkdir(parents=True)
    WRITE[name](path, arrays, monkeypatch)
    return name, path, arrays


@pytest.mark.parametrize("written", WRITE, indirect=True)
def test_images_and_labels_are_those_of_the_archive_also_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    name, _, arrays = written
    assert len(DATASETS[name].classes) == len(set(DATASETS[name].classes)) == CLASSES.get(name, 10)
    assert DATASETS[name].fetch(tmp_path / "first") == f"HOURGLASS_DATA ({tmp_path / 'own'})"
    monkeypatch.delenv(sources.FOLDER_VARIABLE)
    assert DATASETS[name].fetch(tmp_path / "second") == sources.CACHE
    for split, (images, labels) in arrays.items():
        for folder in ("first", "second"):
            stored = read(tmp_path / folder, name, split)
            assert np.array_equal(stored.images, images)
            assert np.array_equal(stored.labels, labels)
            assert (stored.shape, stored.classes) == (DATASETS[name].shape, DATASETS[name].classes)


@pytest.mark.parametrize("written", ["emnist_letters"], indirect=True)
def test_an_altered_archive_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    monkeypatch.setattr(published.EMNIST, "url", "http://127.0.0.1:1/gzip.zip")
    (written[1] / "gzip.zip").write_bytes((written[1] / "gzip.zip").read_bytes() + b"x")
    with pytest.raises(UserError, match=r"MD5 of gzip\.zip is \w+…, not \w+…") as caught:
        DATASETS["emnist_letters"].fetch(tmp_path / "raw")
    assert "set HOURGLASS_DATA to a folder with gzip.zip" in str(caught.value)
    assert not (tmp_path / "raw").exists()
    assert not (tmp_path / "cache").exists()


def test_the_classes_are_those_of_torchvision() -> None:
    assert list(DATASETS["kmnist"].classes) == published.KMNIST.classes
    assert list(DATASETS["emnist_letters"].classes) == published.EMNIST.classes_split_dict["letters"][1:]
    assert list(DATASETS["emnist_balanced"].classes) == published.EMNIST.classes_split_dict["balanced"]
