"""Registry of built-in data sets, and of the forms of users' own images."""

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
    """A data set. All fields are known before anything is downloaded."""

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
"""Built-in data sets by name."""

OWN: dict[str, Callable[[Path, int | None, int | None, Log], DataSet]] = {}
"""Forms of users' own images by name. Each function inspects the images at a path.

Its arguments are the path, the settings `data.size` and `data.channels`, and a function that receives lines of text.
It reads no more than is needed for the fields of `DataSet`, and raises UserError for images that cannot be used.
"""


def register(dataset: DataSet) -> None:
    """Add a built-in data set to the registry."""
    DATASETS[dataset.name] = dataset


def title(name: str) -> str:
    """Return the title of the data set `name`. Own images have no title but their name."""
    return DATASETS[name].title if name in DATASETS else name


def find(dataset: str, path: Path, size: int | None = None, channels: int | None = None, log: Log = print) -> DataSet:
    """Return a built-in data set, or inspect a user's own images.

    Args:
        dataset: name of a built-in data set, or of a form of own images.
        path: own images.
        size: side in pixels to which own images are resized and cropped, or None to leave them as they are.
        channels: 1 to convert own images to grey, 3 to convert them to colour, or None to leave them as they are.
        log: function that receives lines about own images.

    Raises:
        UserError: if own images cannot be used.

    Example:
        >>> find("folder", Path("images"), size=64).shape
        (3, 64, 64)
    """
    return DATASETS[dataset] if dataset in DATASETS else OWN[dataset](path, size, channels, log)


def own_name(path: Path, form: str) -> str:
    """Return the name of own images: the stem of their path, in which `_` replaces all but letters and digits.

    The name of the form is appended where a built-in data set has the same name, as in `mnist_folder`.
    """
    name = re.sub(r"\W+", "_", Path(os.path.abspath(path)).stem) or form
    return f"{name}_{form}" if name in (*DATASETS, *OWN) else name
