"""Registry of built-in data sets, and of functions that inspect a user's own images."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hourglass.images import Shape

Log = Callable[[str], None]
"""Function that receives lines of text for the user, such as `print`."""


@dataclass(frozen=True)
class DataSet(ABC):
    """Base class of data sets. All fields are known before anything is downloaded."""

    name: str  # in settings, MLflow and the folder of results
    title: str  # in headings
    classes: tuple[str, ...]  # class names, indexed by label
    shape: Shape = (1, 28, 28)  # of each image: channels, height, width
    training_images: int = 60_000
    test_images: int = 10_000
    other: str = ""  # data set of the same shape, whose test images are outliers

    @abstractmethod
    def fetch(self, destination: Path, log: Log = print) -> str:
        """Write the files of the data set to the folder `destination`, and return the name of their source.

        Files are written only after all of them are verified. Raises UserError if the data set is not available.
        """


DATASETS: dict[str, DataSet] = {}
"""Built-in data sets, keyed by name."""

OWN: dict[str, Callable[[Path, int | None, int | None, Log], DataSet]] = {}
"""Functions that inspect a user's own images, keyed by their form: `folder` or `npz`.

The arguments are the path, the settings `data.size` and `data.channels`, and a function that receives lines of text.
A function reads no more than is needed for the fields of `DataSet`. It raises UserError if images cannot be used.
"""


def register(dataset: DataSet) -> None:
    """Add a built-in data set to the registry."""
    DATASETS[dataset.name] = dataset


def title(name: str) -> str:
    """Return the title of the data set `name`. The title of a user's own images is their name."""
    return DATASETS[name].title if name in DATASETS else name


def find(dataset: str, path: Path, size: int | None = None, channels: int | None = None, log: Log = print) -> DataSet:
    """Return a built-in data set, or inspect a user's own images.

    Args:
        dataset: name of a built-in data set, or `folder` or `npz` for the user's images. The other arguments are only
            for the user's images.
        path: folder or .npz file.
        size: side in pixels of the square to which images are resized and cropped, or None to keep their size.
        channels: 1 to convert images to grey, or 3 to convert them to colour. None selects 3 if any has colour, else 1.
        log: function that receives lines of text about the images.

    Raises:
        UserError: if the user's images cannot be used.

    Example:
        >>> find("folder", Path("images"), size=64).shape
        (3, 64, 64)
    """
    return DATASETS[dataset] if dataset in DATASETS else OWN[dataset](path, size, channels, log)


def own_name(path: Path, form: str) -> str:
    """Return a data set name for a user's own images: the stem of their path, with `_` in place of special characters.

    The form, `folder` or `npz`, is appended if a built-in data set has the same name, as in `mnist_folder`.
    """
    name = re.sub(r"\W+", "_", Path(os.path.abspath(path)).stem) or form
    return f"{name}_{form}" if name in (*DATASETS, *OWN) else name
