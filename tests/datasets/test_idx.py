"""IDX files: written arrays are read back, and damaged files are refused in one line."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hourglass.datasets import idx
from hourglass.errors import UserError

fast = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
shapes = st.tuples(st.integers(1, 40)) | st.tuples(*[st.integers(1, 6)] * 3)
uint8_arrays = arrays.arrays(np.uint8, shapes)


def test_the_format_is_that_of_mnist(tmp_path: Path) -> None:
    idx.write(tmp_path / "labels", np.array([5, 0, 4], dtype=np.uint8))
    assert (tmp_path / "labels").read_bytes() == b"\x00\x00\x08\x01" + b"\x00\x00\x00\x03" + b"\x05\x00\x04"


@fast
@given(array=uint8_arrays)
def test_arrays_are_read_back_and_writable(tmp_path: Path, array: np.ndarray) -> None:
    idx.write(tmp_path / "file", array)
    assert np.array_equal(idx.read(tmp_path / "file"), array)
    assert idx.read(tmp_path / "file").add_(1).dtype == torch.uint8


SIZES = st.lists(st.sampled_from([0, 1, 2, 2**31, 2**32 - 1]), min_size=3, max_size=3)
HEADERS = SIZES.map(lambda sizes: b"\x00\x00\x08\x03" + b"".join(size.to_bytes(4, "big") for size in sizes))
LABELS = b"\x00\x00\x08\x01\x00\x00\x00\x03" + bytes(3)
OF_ANY_LENGTH = st.integers(0, 20).map(lambda length: (LABELS + bytes(9))[:length])


@fast
@given(content=st.binary(max_size=64) | OF_ANY_LENGTH | st.tuples(HEADERS, st.binary(max_size=8)).map(b"".join))
def test_any_bytes_are_refused_in_one_line_or_match_their_header(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels").write_bytes(content)
    try:
        array = idx.read(tmp_path / "labels")
    except UserError as error:
        message = str(error)
        assert re.search(r"labels is not a valid IDX file \(.+\); run `dvc repro --force download`", message)
        assert len(message.splitlines()) == 1
        return
    sizes = tuple(int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(content[3]))
    assert tuple(array.shape) == sizes
    assert len(content) == 4 + 4 * len(sizes) + math.prod(sizes) * array.element_size()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="t10k-labels-idx1-ubyte is missing; run `dvc repro download`"):
        idx.read(tmp_path / "t10k-labels-idx1-ubyte")
