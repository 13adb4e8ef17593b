"""Base class of data sets of the user's own images, and functions shared by folders and .npz files."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from hourglass.datasets.registry import DataSet, own_name
from hourglass.errors import UserError
from hourglass.images import UNLABELLED, Images, Shape
from hourglass.randomness import generator

MOST_CLASSES = 200
FEWEST_TRAIN, FEWEST_TEST = 10, 3  # images: metrics use ten neighbours, and embeddings at least one
SMALLEST_SIDE = 12  # pixels; structural similarity compares windows of 11
LARGEST_SIDE = 1024
TEST_SHARE = 0.2
SEED = 0  # of the split and the order of images, which thereby do not depend on the seed in params.yaml
LISTED = 5  # examples in a message

Indices = NDArray[np.int64]


class Arrangement(NamedTuple):
    """Class names, the labels of all images, and the shuffled indices of the training and test images."""

    classes: tuple[str, ...]
    labels: NDArray[np.uint8]
    train: Indices
    test: Indices


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnImages(DataSet):
    """Base class of data sets of the user's own images. Fields such as `shape` are known before the pixels are read."""

    path: Path
    arranged: Arrangement

    @abstractmethod
    def read(self, indices: Indices) -> NDArray[np.uint8]:
        """Return the images (N, C, H, W) at `indices`. Raises UserError if an image cannot be read."""

    def load(self) -> dict[str, Images]:
        """Return the images of each split, keyed by `train` and `test`. Raises UserError if an image cannot be read."""
        _, labels, train, test = self.arranged
        pixels = torch.from_numpy(self.read(np.concatenate([train, test])))
        splits = {}
        for split, indices, part in (("train", train, pixels[: len(train)]), ("test", test, pixels[len(train) :])):
            splits[split] = Images(part, torch.from_numpy(labels[indices]), self.name, self.classes)
        seen = {hash(image.tobytes()) for image in splits["train"].images.numpy()}
        if copies := sum(hash(image.tobytes()) in seen for image in splits["test"].images.numpy()):
            print(
                f"warning: {copies:,} of {len(test):,} test images are also training images, which improves all scores"
            )
        return splits

    def fetch(self, destination: Path) -> str:
        """Write `train.safetensors` and `test.safetensors` to a folder, and return the path of the user's images."""
        for split, images in self.load().items():
            images.save(destination / f"{split}.safetensors")
        return str(self.path)


def describe(path: Path, form: str, shape: Shape, arranged: Arrangement) -> dict[str, Any]:
    """Return the values of all fields of `OwnImages`, keyed by field name. `form` is `folder` or `npz`."""
    name = own_name(path, form)
    counts = {"training_images": len(arranged.train), "test_images": len(arranged.test)}
    about = {"name": name, "title": name, "classes": arranged.classes, "shape": shape}
    return {**about, **counts, "path": path, "arranged": arranged}


def arrange(path: Path, classes: Sequence[str], labels: Mapping[str, NDArray[np.int64]]) -> Arrangement:
    """Split images into training and test images, and shuffle both. The result is deterministic.

    Args:
        path: path of the images, for messages.
        classes: class names. If there are fewer than two, the images are treated as unlabelled.
        labels: class index of each image, keyed by split: `train`, `val` or `test`. Validation images are used for
            training, or for testing if there is no `test` split. If there are only training images, a fifth of each
            class is used for testing.

    Raises:
        UserError: if there are too many classes, or too few images of a class.
    """
    if len(classes) < 2:
        classes = UNLABELLED
    if len(classes) > MOST_CLASSES:
        raise UserError(f"{path}: {len(classes):,} classes; at most {MOST_CLASSES} are supported")
    every = np.concatenate(list(labels.values()))
    few = [name for name, count in zip(classes, np.bincount(every, minlength=len(classes)), strict=True) if count < 2]
    if few:
        raise UserError(f"{path}: fewer than two images of class {listed(few)}; add images or remove the class")
    held_out = next((split for split in ("test", "val") if split in labels), None)
    if held_out is None:
        test = np.concatenate([_fifth(np.flatnonzero(every == label), label) for label in range(len(classes))])
        train = np.setdiff1d(np.arange(len(every)), test)
    else:
        part = np.concatenate([np.full(len(values), split) for split, values in labels.items()])
        train, test = np.flatnonzero(part != held_out), np.flatnonzero(part == held_out)
        for split, indices in (("training", train), ("test", test)):
            if absent := sorted(set(range(len(classes))) - set(every[indices].tolist())):
                names = listed([classes[label] for label in absent])
                raise UserError(f"{path}: no {split} image of class {names}; add images or remove the class")
    return Arrangement(tuple(classes), every.astype(np.uint8), _shuffled(train, "train"), _shuffled(test, "test"))


def check_number(dataset: DataSet) -> None:
    """Raise UserError if a data set has too few training or test images."""
    train, test = dataset.training_images, dataset.test_images
    if train < FEWEST_TRAIN or test < FEWEST_TEST:
        found = f"{train} training and {test} test images"
        raise UserError(f"{dataset.name}: {found}; at least {FEWEST_TRAIN} and {FEWEST_TEST} are needed")


def check_shape(path: Path, sizes: Collection[tuple[int, int]], size: int | None) -> tuple[int, int]:
    """Return the height and width of the images after resizing to `size` × `size`, or as stored if `size` is None.

    `sizes` are the distinct (width, height) pairs of the stored images, most frequent first. Raises UserError if `size`
    is None and the images differ in size or are too small.
    """
    if size is not None:
        return size, size
    if len(sizes) > 1:
        texts = [f"{width}×{height}" for width, height in sizes]
        raise UserError(f"{path}: images have different sizes, such as {listed(texts)}; set data.size, such as 64")
    ((width, height),) = sizes
    if min(width, height) < SMALLEST_SIDE:
        minimum = f"must be at least {SMALLEST_SIDE}×{SMALLEST_SIDE}"
        raise UserError(f"{path}: images have {width}×{height} pixels; {minimum}; set data.size to enlarge them")
    return height, width


def listed(texts: Sequence[str]) -> str:
    """Join the first five strings with commas, and append the number of remaining strings, if any."""
    first = ", ".join(printable(text) for text in texts[:LISTED])
    return f"{first} and {len(texts) - LISTED:,} more" if len(texts) > LISTED else first


def printable(text: str) -> str:
    """Replace each run of whitespace with one space, and each unprintable character with `?`."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def _fifth(indices: Indices, label: int) -> Indices:
    count = max(1, round(TEST_SHARE * len(indices)))
    return _shuffled(indices, "split", label)[:count]


def _shuffled(indices: Indices, *names: object) -> Indices:
    order = torch.randperm(len(indices), generator=generator(SEED, "own images", *names))
    return indices[order.numpy()]
