"""Reading and writing of files in MNIST's IDX format: a magic number, big-endian dimensions and unsigned bytes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from hourglass.errors import UserError

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
SPLIT_FILES = {"train": FILES[:2], "test": FILES[2:]}
"""Names of the files of images and labels, keyed by split."""
UNSIGNED_BYTE = 0x08


def write(path: Path, array: NDArray[np.uint8]) -> None:
    """Write labels (N,) or greyscale images (N, H, W) to an IDX file."""
    sizes = np.array(array.shape, dtype=">u4").tobytes()
    path.write_bytes(bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + sizes + array.tobytes())


def parse(content: bytes) -> NDArray[np.uint8]:
    """Convert the content of an IDX file to an array. Raises ValueError if the length does not match the header."""
    sizes = np.frombuffer(content, ">u4", content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(sizes).copy()


def read(path: Path) -> Tensor:
    """Read an IDX file as a tensor. Raises UserError if the file is missing or damaged."""
    # slow to import, and needed only for preparation
    from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor  # noqa: PLC0415

    try:
        return read_sn3_pascalvincent_tensor(str(path))
    except FileNotFoundError:
        raise UserError(f"{path} is missing; run `dvc repro download`") from None
    except (AssertionError, KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0] or "its length does not match its header"
        raise UserError(f"{path} is not a valid IDX file ({reason}); run `dvc repro --force download`") from None
