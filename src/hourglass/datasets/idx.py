"""IDX, the format MNIST came in: a magic number, big-endian sizes, then the bytes.

Only what the data sets here use: unsigned bytes, as labels (N,) or images (N, height, width).
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hourglass.errors import UserError

Bytes = NDArray[np.uint8]

UNSIGNED_BYTE = 0x08
DIMENSIONS = (1, 3)


def encode(array: Bytes) -> bytes:
    """The IDX file that holds `array`: uint8, labels (N,) or images (N, height, width)."""
    if array.dtype != np.uint8 or array.ndim not in DIMENSIONS:
        raise ValueError(f"IDX here holds uint8 in 1 or 3 dimensions, not {array.dtype} in {array.ndim}")
    sizes = np.array(array.shape, dtype=">u4")
    return bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + sizes.tobytes() + array.tobytes()


def write(path: Path, array: Bytes) -> None:
    """Write uint8 labels (N,) or images (N, height, width) as an IDX file."""
    path.write_bytes(encode(array))


def read(path: Path) -> Bytes:
    """The writable array in an IDX file: uint8, labels (N,) or images (N, height, width).

    Raises UserError where the file cannot be read, is not such an IDX file, or is not as long as it says.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}; run the download stage again") from error
    start = content[:4].tobytes()
    if len(start) < 4 or start[:3] != bytes([0, 0, UNSIGNED_BYTE]) or start[3] not in DIMENSIONS:
        raise UserError(
            f"{path} is not an IDX file of unsigned bytes in 1 or 3 dimensions: it starts with "
            f"'{start.hex(' ')}', where '00 00 08 01' or '00 00 08 03' should be"
        )
    header = 4 + 4 * int(start[3])
    if len(content) < header:
        raise UserError(f"{path} is truncated: its {len(content)} bytes end inside the IDX header")
    shape = tuple(int(size) for size in content[4:header].view(">u4"))
    expected = header + math.prod(shape)
    if len(content) != expected:
        what = "truncated" if len(content) < expected else "too long"
        raise UserError(f"{path} is {what}: {len(content)} bytes, where its header {shape} makes {expected}")
    try:
        return content[header:].reshape(shape)
    except ValueError:  # no byte, in more rows than numpy counts
        raise UserError(f"{path} is no array: its header says {shape}") from None
