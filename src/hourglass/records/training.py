"""What a training leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from hourglass.errors import UserError, in_words
from hourglass.files import replacing
from hourglass.records.base import Record
from hourglass.records.tables import number, read_csv, write_csv

Curve = Sequence[tuple[int, float]]
"""(epoch, value)"""


class TrainingSummary(Record):
    """How a training ended. active_units: of the latent_dim numbers of a code, those that change from image to image."""

    stage = "train@"
    epochs: int
    train_mse: float
    test_mse: float
    mean_image_mse: float
    collapsed: bool
    latent_dim: int
    active_units: int


@dataclass(frozen=True)
class Snapshots:
    """What a variant made of the first test images, as it was given them, after every epoch: how it learned.

    reconstructions: the first after epoch 1. On disk they take half the room: a zip with a PNG an epoch, its images one
    below another.
    """

    reconstructions: UInt8[Tensor, "epochs images 28 28"]

    def save(self, path: Path) -> None:
        """Write the zip; it appears whole or not at all, and is the same for the same images."""
        with replacing(path) as part, ZipFile(part, "w") as file:
            for epoch, images in enumerate(self.reconstructions, 1):
                png = BytesIO()
                Image.fromarray(images.flatten(0, 1).numpy()).save(png, "png")
                file.writestr(ZipInfo(f"{epoch:04}.png"), png.getvalue())

    @classmethod
    def load(cls, path: Path) -> "Snapshots":
        """Read what `save` wrote, at `…/<variant>.zip`."""
        made = f"`dvc repro train@{path.stem}`"
        try:
            with ZipFile(path) as file:
                sheets = [np.asarray(Image.open(BytesIO(file.read(name)))) for name in file.namelist()]
            found = torch.from_numpy(np.stack(sheets)).unflatten(1, (-1, 28))
            if found.dtype != torch.uint8 or found.shape[2:] != (28, 28):
                raise ValueError(f"its images are {found.dtype} {tuple(found.shape[2:])}")
        except FileNotFoundError:
            raise UserError(f"{path} is missing; {made} makes it") from None
        except Exception as error:  # bytes that are no zip, or no PNG, raise what has no base in common
            if in_words(error) is not None:  # the system's own
                raise
            why = " ".join(str(error).split()) or type(error).__name__
            raise UserError(
                f"{path} is no record of stage train@{path.stem} ({why}); delete it and run {made}"
            ) from None
        return cls(found)


@dataclass(frozen=True)
class History:
    """What was measured after every epoch: the file's columns, by name; a cell is None where nothing was measured.

    epochs: from 1; of a closed form, which takes none, the one line is of epoch 1 too.
    """

    epochs: Sequence[int]
    columns: Mapping[str, Sequence[float | None]]

    def save(self, path: Path) -> None:
        """One line an epoch; a cell is empty where nothing was measured."""
        write_csv(path, ["epoch", *self.columns], zip(self.epochs, *self.columns.values(), strict=True))

    @classmethod
    def load(cls, path: Path) -> "History":
        """Read what `save` wrote, at `…/<stage>/<variant>.csv`."""
        made = f"`dvc repro {path.parts[-2]}@{path.stem}` makes it"
        try:
            names, *lines = read_csv(path)
            columns = [[number(cell) if cell else None for cell in column] for column in zip(*lines, strict=True)]
            if names[:1] != ["epoch"] or not columns:
                raise ValueError("no epochs in it")
            epochs = list(range(1, len(lines) + 1))
            if columns[0] != epochs:
                raise ValueError("its epochs are not counted from 1")
            return cls(epochs, dict(zip(names[1:], columns[1:], strict=True)))
        except FileNotFoundError:
            raise UserError(f"{path} is missing; {made}") from None
        except ValueError as error:
            raise UserError(f"{path} is no history of a training ({error}); delete it: {made} anew") from None
