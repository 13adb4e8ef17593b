"""What the kinds of gradient descent come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hourglass.errors import UserError
from hourglass.records.base import Record
from hourglass.records.tables import number, read_csv, write_csv

__all__ = ["EVERY", "LOSSES", "MADE", "MethodFigures", "Study", "StudyCurves", "write_csv"]

Columns = Mapping[str, Sequence[float]]

MADE = "`dvc repro sgd-variants` makes it"
EVERY = ("updates", "passes", "train_mse", "test_mse")
LOSSES = ("train_mse", "test_mse")


class MethodFigures(Record):
    """One kind.

    batch_size: images a step. passes, updates: made in all. train_mse, test_mse: after them, on [0, 1].
    common_passes_train_mse: after the passes that all kinds make. loss_rises: sum of the rises of the training loss
    from pass to pass, over these. gradient_agreement_initial, gradient_agreement_trained: mean cosine of a batch's
    gradient with the one over all images, at the weights from which all kinds start and at those that mini-batch
    descent ends with. updates_to_target, passes_to_target: until the target is first seen to be reached, at most 7 %
    after it is (or one update); None where it is not.
    """

    stage = "sgd-variants"
    batch_size: int
    learning_rate: float
    passes: int
    updates: int
    updates_per_pass: int
    train_mse: float
    test_mse: float
    common_passes_train_mse: float
    loss_rises: float
    gradient_agreement_initial: float
    gradient_agreement_trained: float
    updates_to_target: int | None = None
    passes_to_target: float | None = None


class Study(Record):
    """All kinds, by name, on the same images.

    common_passes: that all kinds make. mean_image_mse: of the mean of the images, against each of them. target_mse: the
    training loss to reach. findings: sentences.
    """

    stage = "sgd-variants"
    images: int
    common_passes: int
    mean_image_mse: float
    target_mse: float
    methods: dict[str, MethodFigures]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class StudyCurves:
    """All that was measured of each kind, by its name, in columns of a number for each measurement.

    updates: made before it. passes: images seen before it, in units of the subset. train_mse, test_mse: on [0, 1],
    over the whole subset and the whole test set. The first measurement is of the initial weights.
    """

    methods: Mapping[str, Columns]

    def save(self, path: Path) -> None:
        """A line for each measurement, method after method."""
        lines = [
            [name, *cells]
            for name, columns in self.methods.items()
            for cells in zip(*(columns[column] for column in EVERY), strict=True)
        ]
        write_csv(path, ["method", *EVERY], lines)

    @classmethod
    def load(cls, path: Path) -> "StudyCurves":
        """Read what `save` wrote."""
        methods: dict[str, dict[str, list[float]]] = {}
        try:
            header, *lines = read_csv(path)
            if header != ["method", *EVERY] or not lines:
                raise ValueError(f"its columns are {', '.join(header)}, in {len(lines)} lines")
            for name, *cells in lines:
                columns = methods.setdefault(name, {column: [] for column in EVERY})
                for column, cell in zip(EVERY, cells, strict=True):
                    columns[column].append(int(cell) if column == "updates" else number(cell))
        except FileNotFoundError:
            raise UserError(f"{path} is missing; {MADE}") from None
        except ValueError as error:
            raise UserError(f"{path} holds no losses of gradient descent ({error}); delete it: {MADE} anew") from None
        return cls(methods)
