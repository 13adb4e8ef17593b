"""A machine without data, small files in place of the published ones, and a web server."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from idx_files import TRAINING_IMAGES, Content, use_mirrors

from hourglass.datasets import DATASETS, idx, sources
from hourglass.datasets.idx import FILES


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """No user folder, cache or package client, and mirrors that refuse connections; returns the only PATH folder."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    if request.node.get_closest_marker("slow"):  # slow tests use the real sources
        yield programs
        return
    monkeypatch.delenv(sources.FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # without listening: connections are refused
        use_mirrors(monkeypatch, f"http://127.0.0.1:{closed.getsockname()[1]}/")
        yield programs


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that HOURGLASS_DATA names; it does not exist yet."""
    monkeypatch.setenv(sources.FOLDER_VARIABLE, str(tmp_path / "own"))
    return tmp_path / "own"


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Content:
    """Four small IDX files with the checksums of both published data sets, which are smaller here."""
    generator = np.random.default_rng(0)
    content = {}
    for name, shape in zip(FILES, ((4, 28, 28), (4,), (2, 28, 28), (2,)), strict=True):
        idx.write(tmp_path / "idx", generator.integers(0, 10, shape, dtype=np.uint8))
        content[name] = (tmp_path / "idx").read_bytes()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    for dataset in ("mnist", "fashion_mnist"):
        monkeypatch.setitem(
            DATASETS, dataset, replace(DATASETS[dataset], sha256=hashes, training_images=TRAINING_IMAGES)
        )
    return content


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address of a web server for it."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
