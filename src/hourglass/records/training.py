"""What a training leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import UInt8
from torch import Tensor

from hourglass.errors import UserError
from hourglass.records.base import Record, TensorRecord
from hourglass.records.tables import number, read_csv, write_csv

Curve = Sequence[tuple[int, float]]
"""(epoch, value)"""


class TrainingSummary(Record):
    """How a training ended. live_units: of the code_size numbers of a code, those that change from image to image."""

    stage = "train@"
    epochs: int
    train_mse: float
    test_mse: float
    mean_image_mse: float
    collapsed: bool
    code_size: int
    live_units: int


@dataclass(frozen=True)
class TrainingImages(TensorRecord):
    """What a variant made of the first test images, as it was given them, after every epoch: how it learned.

    reconstructions: the first after epoch 1.
    """

    stage = "train@"
    reconstructions: UInt8[Tensor, "epochs images 28 28"]


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
        """Read what `save` wrote, at `…/<stage>/<variant>/<name>.csv`."""
        made = f"`dvc repro {path.parts[-3]}@{path.parts[-2]}` makes it"
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
