"""Files are written atomically, with equal bytes for equal content."""

import errno
import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from safetensors.torch import save_file

from hourglass.errors import UserError, format_error
from hourglass.figures import style
from hourglass.files import load_tensors, replacing, save_tensors, sha256, write_json
from hourglass.flatten import iter_leaves
from hourglass.records.base import write_csv


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file.txt"
    (tmp_path / "new" / "folder").mkdir(parents=True)
    path.with_name(".file.part.txt").write_text("left by a killed process")
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
def test_an_error_leaves_the_old_file(tmp_path: Path, old: str | None, error: type[BaseException]) -> None:
    path = tmp_path / "file.txt"
    if old is not None:
        path.write_text(old)
    with pytest.raises(error):
        _write_half(path, error)
    assert (path.read_text() if path.exists() else None) == old
    assert list(tmp_path.iterdir()) == ([path] if old else [])


def test_content_is_flushed_before_the_rename_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def record_fsync(handle: int) -> None:
        calls.append(("fsync", Path(f"/proc/self/fd/{handle}").resolve().name))
        fsync(handle)

    def record_replace(old: Path, new: Path) -> None:
        calls.append(("replace", new.name))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(os, "replace", record_replace)
    write_json(tmp_path / "scores.json", {"mse": 0.5})
    assert calls == [("fsync", ".scores.part.json"), ("replace", "scores.json"), ("fsync", tmp_path.name)]


WRITERS: dict[str, Callable[[Path], None]] = {
    ".safetensors": lambda path: save_tensors(path, {"weights": torch.ones(3)}, kind="linear"),
    ".json": lambda path: write_json(path, {"mse": 0.5}),
    ".csv": lambda path: write_csv(path, ["epoch"], [[1], [2]]),
    ".png": lambda path: style.save(Figure(), path),
}


@pytest.mark.parametrize(("suffix", "write"), WRITERS.items())
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, suffix: str, write: Callable[[Path], None]) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_text("old", encoding="utf-8")
    path.with_name(f".file.part{suffix}").symlink_to("/dev/full")
    with pytest.raises(OSError) as caught:  # noqa: PT011
        write(path)
    assert caught.value.errno == errno.ENOSPC
    assert str(format_error(caught.value)).startswith(f"{path}: No space left on device; free some space")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_without_nan_and_infinity(tmp_path: Path, value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "scores.json", {"nested": {"mse": value}})
    assert not list(tmp_path.iterdir())


def test_json_is_indented_and_keeps_the_order_of_keys(tmp_path: Path) -> None:
    content = {"z": 1, "a": {"mse": 0.1}, "list": ["é", None, True]}
    write_json(tmp_path / "scores.json", content)
    text = (tmp_path / "scores.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  "z": 1,\n  "a": {\n    "mse": 0.1\n  },\n')
    assert text.endswith("}\n")
    assert json.loads(text) == content


def test_sha256_of_the_example_in_fips_180(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert sha256(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("header", [{}, {"network": '{"code": "é"}'}])
def test_tensors_have_the_bytes_of_safetensors_and_are_read_back(tmp_path: Path, header: dict[str, str]) -> None:
    tensors = {
        "strided": torch.arange(12.0).reshape(3, 4).T,
        "bytes": torch.arange(4, dtype=torch.uint8),
        "empty": torch.zeros(0, 2).double(),
        "trained": torch.ones(2, requires_grad=True),
    }
    save_tensors(tmp_path / "ours", tensors, **header)
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save_file(contiguous, tmp_path / "theirs", metadata=header)
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    loaded, loaded_header = load_tensors(tmp_path / "ours", "train", *tensors, *header)
    assert loaded_header == header
    assert all(torch.equal(loaded[name], tensor) for name, tensor in contiguous.items())


@pytest.mark.parametrize("content", [b"", b"\x00" * 7, b"not a safetensors file at all"])
def test_damaged_tensors_name_the_stage_that_writes_them(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UserError, match=r"file is damaged \(.*\); delete it and run `dvc repro train`"):
        load_tensors(tmp_path / "file", "train")
    with pytest.raises(UserError, match="other is missing; run `dvc repro train`"):
        load_tensors(tmp_path / "other", "train")
    save_tensors(tmp_path / "file", {"images": torch.zeros(2)}, dataset="mnist")
    with pytest.raises(UserError, match="file has no labels and no classes; delete it and run `dvc repro train`"):
        load_tensors(tmp_path / "file", "train", "images", "labels", "classes")


def test_leaves_of_nested_settings() -> None:
    nested = {"train": {"epochs": 5, "rates": [1, 2], "rest": {}}, "seed": 0}
    assert dict(iter_leaves(nested)) == {"train.epochs": 5, "train.rates": [1, 2], "train.rest": {}, "seed": 0}
