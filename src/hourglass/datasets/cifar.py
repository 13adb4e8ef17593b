"""CIFAR-10 and CIFAR-100: 32×32 colour photographs.

The binary version is read because the Python version consists of pickles, which could execute code.
"""

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hourglass.datasets.archives import ArchiveDataSet, File, Split
from hourglass.datasets.registry import register
from hourglass.images import Shape

SHAPE: Shape = (3, 32, 32)
MIRROR = "https://www.cs.toronto.edu/~kriz/"


@dataclass(frozen=True, kw_only=True)
class Cifar(ArchiveDataSet):
    """CIFAR-10 or CIFAR-100. Each binary record consists of one or two labels, followed by an image (C, H, W)."""

    archive: str
    md5: str
    train: tuple[str, ...]  # names of the members with training images
    test: str  # name of the member with test images
    labels: int = 1  # per record; the last one is used

    def files(self) -> Sequence[File]:
        """Return the published archive, which contains both splits."""
        return [File(MIRROR, self.archive, self.md5)]

    def read(self, folder: Path, split: str) -> Split:
        """Read the images (N, C, H, W) and labels (N,) of a split, `train` or `test`, from the archive in `folder`."""
        parts = []
        with tarfile.open(folder / self.archive) as archive:
            for name in self.train if split == "train" else (self.test,):
                member = archive.extractfile(name)
                assert member is not None  # the checksum of the archive has been verified
                parts.append(np.frombuffer(member.read(), np.uint8))
        records = np.concatenate(parts).reshape(-1, self.labels + np.prod(SHAPE))
        return records[:, self.labels :].reshape(-1, *SHAPE), records[:, self.labels - 1].copy()


register(
    Cifar(
        name="cifar10",
        title="CIFAR-10",
        classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        shape=SHAPE,
        training_images=50_000,
        folder="cifar10",
        archive="cifar-10-binary.tar.gz",
        md5="c32a1d4ab5d03f1284b67883e8d87530",
        train=tuple(f"cifar-10-batches-bin/data_batch_{number}.bin" for number in range(1, 6)),
        test="cifar-10-batches-bin/test_batch.bin",
    )
)
register(
    Cifar(
        name="cifar100",
        title="CIFAR-100",
        classes=(
            *("apple", "aquarium fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl"),
            *("boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair"),
            *("chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin"),
            *("elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp"),
            *("lawn mower", "leopard", "lion", "lizard", "lobster", "man", "maple tree", "motorcycle", "mountain"),
            *("mouse", "mushroom", "oak tree", "orange", "orchid", "otter", "palm tree", "pear", "pickup truck"),
            *("pine tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road"),
            *("rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider"),
            *("squirrel", "streetcar", "sunflower", "sweet pepper", "table", "tank", "telephone", "television"),
            *("tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow tree", "wolf"),
            *("woman", "worm"),
        ),
        shape=SHAPE,
        training_images=50_000,
        folder="cifar100",
        archive="cifar-100-binary.tar.gz",
        md5="03b5dce01913d631647c71ecec9e9cb8",
        train=("cifar-100-binary/train.bin",),
        test="cifar-100-binary/test.bin",
        labels=2,
    )
)
