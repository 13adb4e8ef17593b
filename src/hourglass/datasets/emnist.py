"""EMNIST: 28×28 greyscale images of handwritten letters and digits, in the subsets `letters` and `balanced`."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase, digits
from zipfile import ZipFile

import numpy as np

from hourglass.datasets import idx
from hourglass.datasets.archives import ArchiveDataSet, File, Split
from hourglass.datasets.registry import register


@dataclass(frozen=True, kw_only=True)
class Emnist(ArchiveDataSet):
    """A subset (`part`) of EMNIST, such as `letters`. One zip file contains the IDX files (.gz) of all subsets."""

    part: str  # in the names of the files
    first_label: int = 0

    def files(self) -> Sequence[File]:
        """Return the published zip file, with its URL and checksum from torchvision."""
        from torchvision.datasets import EMNIST  # noqa: PLC0415  slow to import

        mirror, _, name = EMNIST.url.rpartition("/")
        return [File(f"{mirror}/", name, EMNIST.md5)]

    def read(self, folder: Path, split: str) -> Split:
        """Read the images (N, 1, H, W) and labels (N,) of a split, `train` or `test`, from the zip file in `folder`.

        The stored images are transposed, which is undone. Labels are shifted to start at 0.
        """
        arrays = []
        with ZipFile(folder / self.files()[0].name) as archive:
            for kind in ("images-idx3", "labels-idx1"):
                packed = archive.read(f"gzip/emnist-{self.part}-{split}-{kind}-ubyte.gz")
                arrays.append(idx.parse(gzip.decompress(packed)))
        images, labels = arrays
        return np.ascontiguousarray(images.swapaxes(1, 2))[:, None], labels - np.uint8(self.first_label)


register(
    Emnist(
        name="emnist_letters",
        title="EMNIST letters",
        classes=tuple(ascii_lowercase),  # capital and small letters are one class
        training_images=124_800,
        test_images=20_800,
        folder="emnist",
        part="letters",
        first_label=1,
    )
)
register(
    Emnist(
        name="emnist_balanced",
        title="EMNIST balanced",
        classes=tuple(digits + ascii_uppercase + "abdefghnqrt"),  # other small letters look like the capital ones
        training_images=112_800,
        test_images=18_800,
        folder="emnist",
        part="balanced",
    )
)
