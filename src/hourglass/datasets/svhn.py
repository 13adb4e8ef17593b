"""SVHN: 32×32 colour photographs of house-number digits."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hourglass.datasets.archives import ArchiveDataSet, File, Split
from hourglass.datasets.registry import register


class HouseNumbers(ArchiveDataSet):
    """SVHN with cropped digits, stored in MATLAB files."""

    def files(self) -> Sequence[File]:
        """Return the two published files, with their URLs and checksums from torchvision."""
        from torchvision.datasets import SVHN  # noqa: PLC0415  slow to import

        published = [SVHN.split_list[split] for split in ("train", "test")]
        return [File(url.removesuffix(name), name, md5) for url, name, md5 in published]

    def read(self, folder: Path, split: str) -> Split:
        """Read the images (N, C, H, W) and labels (N,) of a split, `train` or `test`, from a MATLAB file in `folder`.

        The label 10, which denotes the digit 0 in the files, is replaced by 0.
        """
        from scipy.io import loadmat  # type: ignore[import-untyped]  # noqa: PLC0415  slow to import

        arrays = loadmat(folder / f"{split}_32x32.mat")
        return np.ascontiguousarray(arrays["X"].transpose(3, 2, 0, 1)), arrays["y"].ravel().astype(np.uint8) % 10


register(
    HouseNumbers(
        name="svhn",
        title="SVHN",
        classes=tuple("0123456789"),
        shape=(3, 32, 32),
        training_images=73_257,
        test_images=26_032,
        folder="svhn",
    )
)
