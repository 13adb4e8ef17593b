"""Any array comes back from its IDX file; any other bytes are refused in a sentence, or are the array that they say."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hourglass.datasets import idx
from hourglass.errors import UserError

quickly = settings(
    max_examples=300,
    derandomize=True,  # the same ones every time
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
shapes = st.tuples(st.integers(0, 40)) | st.tuples(*[st.integers(0, 6)] * 3)
bytes_of = arrays.arrays(np.uint8, shapes)


@quickly
@given(array=bytes_of)
def test_what_is_written_is_read_back(tmp_path: Path, array: np.ndarray) -> None:
    idx.write(tmp_path / "file", array)
    found = idx.read(tmp_path / "file")
    assert found.shape == array.shape
    assert np.array_equal(found, array)


@quickly
@given(array=bytes_of, data=st.data())
def test_a_file_of_another_length_is_refused(tmp_path: Path, array: np.ndarray, data: st.DataObject) -> None:
    whole = idx.encode(array)
    if data.draw(st.booleans()):
        content = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        content = whole + data.draw(st.binary(min_size=1, max_size=9))
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(UserError, match=r"labels is (not an IDX file|truncated|too long)"):
        idx.read(tmp_path / "labels")


@quickly
@given(array=bytes_of, data=st.data())
def test_a_changed_header_is_refused_or_makes_the_array_that_it_says(
    tmp_path: Path, array: np.ndarray, data: st.DataObject
) -> None:
    content = bytearray(idx.encode(array))
    place = data.draw(st.integers(0, 3 + 4 * array.ndim))
    content[place] ^= data.draw(st.integers(1, 255))
    _refused_or_as_it_says(tmp_path / "labels", bytes(content))


LARGE = [0, 1, 2, 2**31, 2**32 - 1]


@quickly
@given(sizes=st.lists(st.sampled_from(LARGE), min_size=3, max_size=3), rest=st.binary(max_size=8))
def test_large_sizes_are_refused_or_make_the_array_that_they_say(tmp_path: Path, sizes: list[int], rest: bytes) -> None:
    said = b"".join(size.to_bytes(4, "big") for size in sizes)
    _refused_or_as_it_says(tmp_path / "labels", b"\x00\x00\x08\x03" + said + rest)


@quickly
@given(content=st.binary(max_size=64) | st.binary(max_size=64).map(lambda rest: b"\x00\x00\x08\x01\x00\x00\x00" + rest))
def test_any_bytes_are_refused_or_make_the_array_that_they_say(tmp_path: Path, content: bytes) -> None:
    _refused_or_as_it_says(tmp_path / "labels", content)


def _refused_or_as_it_says(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        found = idx.read(file)
    except UserError as error:
        refusal = str(error)
    else:
        refusal = ""
        said = tuple(int.from_bytes(content[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(content[3]))
        assert found.shape == said
        assert found.dtype == np.uint8
        assert len(content) == 4 + 4 * len(said) + math.prod(said)
        assert found.tobytes() == content[4 + 4 * len(said) :]
    assert not refusal or (refusal.startswith(str(file)) and len(refusal.splitlines()) == 1)
