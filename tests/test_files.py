"""Files are written atomically, with equal bytes for equal content."""

import errno
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from safetensors.torch import save

from hourglass.errors import format_error
from hourglass.figures import style
from hourglass.files import join, load_tensors, replacing, save_tensors, scratch, write_json
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


@pytest.mark.parametrize(("old", "error"), [("old", KeyboardInterrupt), (None, ValueError)])
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


def test_json_is_indented_keeps_the_order_of_keys_and_has_no_nan(tmp_path: Path) -> None:
    content = {"z": 1, "a": {"mse": 0.1}, "list": ["é", None, True]}
    write_json(tmp_path / "scores.json", content)
    text = (tmp_path / "scores.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  "z": 1,\n  "a": {\n    "mse": 0.1\n  },\n')
    assert json.loads(text) == content
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "scores.json", {"nested": {"mse": math.nan}})
    assert (tmp_path / "scores.json").read_text(encoding="utf-8") == text


DTYPES = [torch.bool, torch.uint8, torch.int16, torch.bfloat16, torch.float16, torch.int32, torch.float32, torch.int64]


@pytest.mark.parametrize("header", [{}, {"network": '{"code": "é\\n"}'}])
def test_tensors_have_the_bytes_of_safetensors_and_are_read_back(tmp_path: Path, header: dict[str, str]) -> None:
    tensors = {
        "strided": torch.arange(12.0).reshape(3, 4).T,
        "bytes": torch.arange(4, dtype=torch.uint8),
        "empty": torch.zeros(0, 2).double(),
        "trained": torch.ones(2, requires_grad=True),
        "scalar": torch.tensor(0.5),
        "one column": torch.arange(9.0)[:1].unsqueeze(1).T,
        'quoted "\\ \t é': torch.ones(3),
        **{f"{dtype}": torch.arange(5).to(dtype) for dtype in DTYPES},
    }
    save_tensors(tmp_path / "ours", tensors, **header)
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    assert (tmp_path / "ours").read_bytes() == save(contiguous, metadata=header)
    loaded, loaded_header = load_tensors(tmp_path / "ours", "train", *tensors, *header)
    assert loaded_header == header
    assert all(torch.equal(loaded[name], tensor) for name, tensor in contiguous.items())


MEASURE = """
import sys
from pathlib import Path
import torch
from hourglass import files

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))

torch.ones(1).sum()
before = anonymous()
files.IN_MEMORY = 2**26
tensor = files.scratch((2**26 + 1,)).fill_(7)
files.save_tensors(Path("large"), {"images": tensor})
loaded = files.load_tensors(Path("large"), "train")[0]["images"]
assert int(loaded.sum()) == 7 * (2**26 + 1)
print(anonymous() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_large_tensors_are_no_memory_of_the_process(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "src")}
    command = [sys.executable, "-c", MEASURE]
    measured = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert int(measured.stdout) < 2**25
    assert [path.name for path in tmp_path.iterdir()] == ["large"]


def test_joined_parts_are_concatenated() -> None:
    parts = torch.arange(35).reshape(7, 5).split(3)
    assert torch.equal(join(iter(parts), 7), torch.cat(parts))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not reserve the space")
def test_a_full_disk_is_an_error_of_scratch_tensors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=r"File too large|No space left on device"):
        scratch((2**60,))
    assert not list(tmp_path.iterdir())
