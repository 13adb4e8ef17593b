"""Registries of built-in data sets and of functions that inspect the user's own images."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hourglass.images import Shape

Log = Callable[[str], None]
"""Function that takes a line of text for the user, such as `print`."""


@dataclass(frozen=True)
class DataSet(ABC):
    """Base class of data sets. All fields are known before anything is downloaded."""

    name: str  # in settings, MLflow and the folder of results
    title: str  # in headings
    classes: tuple[str, ...]  # class names, indexed by label
    shape: Shape = (1, 28, 28)  # of each image: channels, height, width
    training_images: int = 60_000
    test_images: int = 10_000
    other: str = ""  # name of a data set of the same shape whose test images are outliers

    @abstractmethod
    def fetch(self, destination: Path) -> str:
        """Write the files of the data set to the folder `destination`, and return the name of their source.

        Files are written only after all of them have been verified. Raises UserError if the data set is unavailable.
        """


DATASETS: dict[str, DataSet] = {}
"""Built-in data sets, keyed by name."""

OWN: dict[str, Callable[[Path, int | None, int | None, Log], DataSet]] = {}
"""Functions that inspect the user's own images, keyed by storage format: `folder` or `npz`.

Their arguments are the path, the settings `data.size` and `data.channels`, and a function that takes a line of text.
They read only what the fields of `DataSet` require, and raise UserError if the images cannot be used.
"""


def register(dataset: DataSet) -> None:
    """Add a built-in data set to the registry."""
    DATASETS[dataset.name] = dataset


def title(name: str) -> str:
    """Return the title of the data set `name`, or `name` itself for the user's own images."""
    return DATASETS[name].title if name in DATASETS else name


def find(dataset: str, path: Path, size: int | None = None, channels: int | None = None, log: Log = print) -> DataSet:
    """Return a data set, built-in or made from the user's own images.

    Args:
        dataset: name of a built-in data set, or `folder` or `npz` for the user's images. The other arguments apply
            only to the user's images.
        path: folder or .npz file.
        size: side in pixels of the square to which images are resized and cropped, or None to keep their size.
        channels: 1 to convert images to greyscale, or 3 for colour. None keeps the number of channels in an .npz file,
            and for a folder selects 3 if any image has colour, else 1.
        log: function that receives lines of text about the images.

    Raises:
        UserError: if the user's images cannot be used.

    Example:
        >>> find("folder", Path("images"), size=64).shape
        (3, 64, 64)
    """
    return DATASETS[dataset] if dataset in DATASETS else OWN[dataset](path, size, channels, log)


def own_name(path: Path, form: str) -> str:
    """Return a data set name for the user's own images: the stem of `path`, with special characters replaced by `_`.

    If the name is already taken, `form` (`folder` or `npz`) is appended, as in `mnist_folder`.
    """
    name = re.sub(r"\W+", "_", Path(os.path.abspath(path)).stem) or form
    return f"{name}_{form}" if name in (*DATASETS, *OWN) else name
