"""A machine with nothing at hand, small files that pass for the published ones, and a web server."""

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
from idx_files import Content, use_mirrors

from hourglass.datasets import DATASETS, idx, sources
from hourglass.datasets.registry import FILES


@pytest.fixture
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
        use_mirrors(monkeypatch, f"http://127.0.0.1:{closed.getsockname()[1]}/")
        # Bound but not listening: a connection is refused, and nobody else gets the port.
        yield programs


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> Content:
    """Four small IDX files, which pass for both published data sets."""
    generator = np.random.default_rng(0)
    shapes = ((4, 28, 28), (4,), (2, 28, 28), (2,))
    content = {
        name: idx.encode(generator.integers(0, 10, shape, dtype=np.uint8))
        for name, shape in zip(FILES, shapes, strict=True)
    }
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    for dataset in ("mnist", "fashion_mnist"):
        monkeypatch.setitem(DATASETS, dataset, replace(DATASETS[dataset], sha256=hashes))
    return content


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
