"""Records of the stage `train`: summary, history and snapshots."""

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

from hourglass.files import replacing
from hourglass.images import GREY, Shape
from hourglass.records.base import Record, number, read_csv, reading, write_csv

Curve = Sequence[tuple[int, float]]
"""Points (epoch, value) of a quantity over epochs."""


class TrainingSummary(Record):
    """Metrics of a trained model, for inputs under its training corruption.

    Attributes:
        epochs: number of completed epochs.
        train_mse: MSE on the training images, measured during the last or kept epoch while the weights change.
        test_mse: MSE on the test images after the last or kept epoch.
        mean_image_mse: test MSE of predicting the mean training image.
        collapsed: whether `test_mse` exceeds 90 % of `mean_image_mse`.
        validation_mse: MSE on the validation set, or None without a validation set.
        kept_epoch: epoch with the lowest validation MSE, whose weights are kept, or None without early stopping.
    """

    stage = "train@"
    epochs: int
    train_mse: float
    test_mse: float
    mean_image_mse: float
    collapsed: bool
    latent_dim: int
    active_units: int
    validation_mse: float | None = None
    kept_epoch: int | None = None


@dataclass(frozen=True)
class Snapshots:
    """Reconstructions of the first test images after each epoch, uint8 (epochs, images, C, H, W).

    The training corruption is applied to the test images. The file is a zip archive with one PNG per epoch. Stacking
    the images of an epoch in one PNG halves the size.
    """

    reconstructions: UInt8[Tensor, "epochs images channels height width"]

    def save(self, path: Path) -> None:
        """Write the snapshots atomically to a zip file. The output is deterministic."""
        with replacing(path) as part, ZipFile(part, "w") as file:
            for epoch, images in enumerate(self.reconstructions, 1):
                png = BytesIO()
                stacked = images.movedim(1, -1).flatten(0, 1).squeeze(-1)  # (N·H, W), or (N·H, W, 3)
                Image.fromarray(stacked.numpy()).save(png, "png")
                file.writestr(ZipInfo(f"{epoch:04}.png"), png.getvalue())

    @classmethod
    def load(cls, path: Path, shape: Shape) -> "Snapshots":
        """Read snapshots from `<variant>.zip`. `shape` is the shape (C, H, W) of an image.

        Raises UserError if the file is missing or damaged.
        """
        with reading(path, "train@"), ZipFile(path) as file:
            if any(entry.file_size > path.stat().st_size for entry in file.infolist()):
                raise ValueError("it contains a compressed file")  # which could unpack to any size
            sheets = [np.asarray(Image.open(BytesIO(file.read(name)))) for name in file.namelist()]
            channels, height, width = shape
            stacked = torch.from_numpy(np.stack(sheets))
            if stacked.dtype != torch.uint8 or stacked.shape[2:] != (
                (width,) if channels == GREY else (width, channels)
            ):
                raise ValueError(f"its images are {stacked.dtype} {tuple(stacked.shape[2:])}")
            images = stacked.reshape(*stacked.shape[:3], channels).unflatten(1, (-1, height)).movedim(-1, 2)
        return cls(images)


@dataclass(frozen=True)
class History:
    """Metrics after each epoch, stored as a CSV file.

    Attributes:
        epochs: epoch numbers, starting at 1. PCA has one epoch.
        columns: values of each metric, keyed by metric. A value is None if it was not measured.
    """

    epochs: Sequence[int]
    columns: Mapping[str, Sequence[float | None]]

    def save(self, path: Path) -> None:
        """Write the metrics atomically to a CSV file with one row per epoch."""
        write_csv(path, ["epoch", *self.columns], zip(self.epochs, *self.columns.values(), strict=True))

    @classmethod
    def load(cls, path: Path) -> "History":
        """Read a history from `<stage>/<variant>.csv`. Raises UserError if the file is missing or damaged."""
        with reading(path, f"{path.parts[-2]}@"):
            names, *rows = read_csv(path)
            columns = [[number(cell) if cell else None for cell in column] for column in zip(*rows, strict=True)]
            epochs = list(range(1, len(rows) + 1))
            if names[:1] != ["epoch"] or columns[:1] != [epochs] or not epochs:
                raise ValueError("epochs are not numbered from 1")
            return cls(epochs, dict(zip(names[1:], columns[1:], strict=True)))
