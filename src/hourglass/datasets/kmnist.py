"""Kuzushiji-MNIST: 28×28 greyscale images of handwritten Japanese characters."""

import gzip
from collections.abc import Sequence
from pathlib import Path

from hourglass.datasets import idx
from hourglass.datasets.archives import ArchiveDataSet, File, Split
from hourglass.datasets.registry import register


class Kuzushiji(ArchiveDataSet):
    """Kuzushiji-MNIST, stored in gzip-compressed IDX files named like those of MNIST."""

    def files(self) -> Sequence[File]:
        """Return the four published files, with their URLs and checksums from torchvision."""
        from torchvision.datasets import KMNIST  # noqa: PLC0415  slow to import

        return [File(KMNIST.mirrors[0], name, md5) for name, md5 in KMNIST.resources]

    def read(self, folder: Path, split: str) -> Split:
        """Read the images (N, C, H, W) and labels (N,) of a split, `train` or `test`, from IDX files in `folder`."""
        files = (folder / f"{name}.gz" for name in idx.SPLIT_FILES[split])
        images, labels = (idx.parse(gzip.decompress(file.read_bytes())) for file in files)
        return images[:, None], labels


register(
    Kuzushiji(
        name="kmnist",
        title="Kuzushiji-MNIST",
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        folder="kmnist",
    )
)
