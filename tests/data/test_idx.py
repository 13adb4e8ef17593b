"""IDX files say what they hold, and a damaged one is refused by name."""

from pathlib import Path

import numpy as np
import pytest

from hourglass.datasets import idx
from hourglass.errors import UserError


@pytest.mark.parametrize("shape", [(7,), (5, 28, 28), (2, 3, 4), (0, 28, 28)])
def test_what_is_written_is_read_back(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    idx.write(tmp_path / "file", array)
    read = idx.read(tmp_path / "file")
    assert read.dtype == np.uint8
    assert np.array_equal(read, array)
    assert read.flags.writeable  # torch.from_numpy warns otherwise


def test_the_layout_is_the_published_one() -> None:
    labels = idx.encode(np.array([5, 0, 4], dtype=np.uint8))
    assert labels == b"\x00\x00\x08\x01" + b"\x00\x00\x00\x03" + b"\x05\x00\x04"
    image = idx.encode(np.array([[[1, 2, 3]]], dtype=np.uint8))
    assert image == b"\x00\x00\x08\x03" + b"\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x03" + b"\x01\x02\x03"


@pytest.mark.parametrize("array", [np.zeros(3, dtype=np.float32), np.zeros((2, 2), dtype=np.uint8)])
def test_other_arrays_are_not_written(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 in 1 or 3 dimensions"):
        idx.write(tmp_path / "file", array)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (idx.encode(np.zeros((2, 3, 3), dtype=np.uint8))[:-1], "truncated"),
        (idx.encode(np.zeros((2, 3, 3), dtype=np.uint8))[:9], "truncated"),
        (idx.encode(np.zeros(4, dtype=np.uint8)) + b"\x00", "too long"),
        (b"\x00\x00\x08\x03" + b"\xff" * 12, "truncated"),
        (b"\x1f\x8b\x08\x00 still packed", "not an IDX file"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x00", "not an IDX file"),
        (b"\x00\x00\x08", "not an IDX file"),
        (b"", "not an IDX file"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"train-images-idx3-ubyte is {what}"):
        idx.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="t10k-labels-idx1-ubyte cannot be read: No such file"):
        idx.read(tmp_path / "t10k-labels-idx1-ubyte")
