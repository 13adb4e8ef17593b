"""Files appear whole or not at all, with the same bytes for the same content."""

import errno
import hashlib
import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from safetensors.torch import save_file

from hourglass.errors import UserError, in_words
from hourglass.figures import style
from hourglass.files import load_tensors, replacing, save_tensors, sha256, write_json
from hourglass.records.tables import write_csv


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.txt"
    with replacing(path) as part:
        part.write_text("new")
        assert not path.exists()
        assert part.suffix == ".txt"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def _write_half(path: Path, error: type[BaseException]) -> None:
    with replacing(path) as part:
        part.write_text("hal")
        raise error


@pytest.mark.parametrize("old", ["old", None])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_half_written_is_left_when_the_block_raises(
    tmp_path: Path, old: str | None, error: type[BaseException]
) -> None:
    path = tmp_path / "file.txt"
    if old is not None:
        path.write_text(old)
    with pytest.raises(error):
        _write_half(path, error)
    assert (path.read_text() if path.exists() else None) == old
    assert list(tmp_path.iterdir()) == ([path] if old else [])


def test_a_block_that_writes_nothing_is_an_error_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert path.read_text() == "old"


def test_what_an_earlier_crash_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".file.part.txt").write_text("left by a killed process")
    with replacing(tmp_path / "file.txt") as part:
        part.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_a_file_is_on_the_disk_before_it_takes_its_place_and_then_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []
    flush, replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        done.append(("flushed", Path(f"/proc/self/fd/{handle}").resolve().name))
        flush(handle)

    def replaces(old: Path, new: Path) -> None:
        done.append(("replaced", new.name))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replaces)
    write_json(tmp_path / "scores.json", {"mse": 0.5})
    assert done == [("flushed", ".scores.part.json"), ("replaced", "scores.json"), ("flushed", tmp_path.name)]


WRITERS: dict[str, Callable[[Path], None]] = {
    ".safetensors": lambda path: save_tensors(path, {"weights": torch.ones(3)}, kind="linear"),
    ".json": lambda path: write_json(path, {"mse": 0.5}),
    ".csv": lambda path: write_csv(path, ["epoch"], [[1], [2]]),
    ".png": lambda path: style.save(Figure(), path),
}


@pytest.mark.parametrize(("suffix", "write"), WRITERS.items())
def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(
    tmp_path: Path, suffix: str, write: Callable[[Path], None]
) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_text("old", encoding="utf-8")
    path.with_name(f".file.part{suffix}").symlink_to("/dev/full")  # takes no byte, as a disk without room
    with pytest.raises(OSError) as caught:  # noqa: PT011  its number is below
        write(path)
    assert caught.value.errno == errno.ENOSPC
    assert str(in_words(caught.value)).startswith(f"{path}: No space left on device; make room")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("header", [{}, {"network": '{"code": "é"}'}])
def test_tensors_are_written_as_safetensors_itself_writes_them(tmp_path: Path, header: dict[str, str]) -> None:
    tensors = {"b": torch.rand(3, 5), "a": torch.arange(4, dtype=torch.uint8), "empty": torch.zeros(0, 2).double()}
    save_tensors(tmp_path / "ours", tensors, **header)
    save_file(tensors, tmp_path / "theirs", metadata=header)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_refuses_what_is_not_a_number(tmp_path: Path, value: float) -> None:
    path = tmp_path / "scores.json"
    write_json(path, {"mse": 0.5})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"nested": {"mse": value}})
    assert json.loads(path.read_text()) == {"mse": 0.5}
    assert list(tmp_path.iterdir()) == [path]


def test_json_diffs_well(tmp_path: Path) -> None:
    content = {"z": 1, "a": {"mse": 0.1}, "list": ["é", None, True]}
    write_json(tmp_path / "first.json", content)
    write_json(tmp_path / "second.json", content)
    text = (tmp_path / "first.json").read_text(encoding="utf-8")
    assert (tmp_path / "second.json").read_text(encoding="utf-8") == text
    assert text.startswith('{\n  "z": 1,\n  "a": {\n    "mse": 0.1\n  },\n')
    assert text.endswith("}\n")
    assert json.loads(text) == content


def test_the_hash_is_sha256(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4's example
    path.write_bytes(bytes(3_000_000))
    assert sha256(path) == hashlib.sha256(bytes(3_000_000)).hexdigest()


def test_tensors_come_back_with_their_header_and_equal_bytes(tmp_path: Path) -> None:
    tensors = {
        "strided": torch.arange(12.0).reshape(3, 4).T,
        "empty": torch.zeros(0, 2),
        "bytes": torch.arange(5, dtype=torch.uint8),
        "learned": torch.ones(2, requires_grad=True),
    }
    for name in ("first", "second"):
        save_tensors(tmp_path / name, tensors, what="é")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    loaded, header = load_tensors(tmp_path / "first", "train")
    assert header == {"what": "é"}
    assert loaded.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert loaded[name].dtype == tensor.dtype
        assert torch.equal(loaded[name], tensor.detach())


def test_a_file_of_another_kind_is_said_with_what_it_lacks(tmp_path: Path) -> None:
    save_tensors(tmp_path / "file", {"images": torch.zeros(2)}, dataset="mnist")
    tensors, header = load_tensors(tmp_path / "file", "train", "images", "dataset")
    assert (list(tensors), header) == (["images"], {"dataset": "mnist"})
    with pytest.raises(UserError, match="file holds no labels and no classes; delete it and run `dvc repro train`"):
        load_tensors(tmp_path / "file", "train", "images", "labels", "classes")


@pytest.mark.parametrize("content", [b"", b"\x00" * 7, b"not a safetensors file at all"])
def test_a_file_that_holds_no_tensors_is_said_with_the_stage_that_makes_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UserError, match=r"file is damaged \(.*\); delete it and run `dvc repro train`"):
        load_tensors(tmp_path / "file", "train")
    with pytest.raises(UserError, match="other is missing; `dvc repro train` makes it"):
        load_tensors(tmp_path / "other", "train")
