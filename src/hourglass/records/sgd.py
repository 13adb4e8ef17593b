"""Records of the stage `sgd-variants`, which compares three gradient descent methods on one network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hourglass.records.base import Part, Record, number, read_csv, reading, write_csv

COLUMNS = ("updates", "passes", "train_mse", "test_mse")


class MethodResults(Part):
    """Results of one gradient descent method, including the final MSE on the training subset and on the test set.

    Attributes:
        multiply_adds_per_update: multiply-adds of the forward pass of one batch, excluding the backward pass.
        common_passes_train_mse: training MSE after `Study.common_passes` passes, which every method completes.
        loss_rises: sum of all increases of the training MSE between successive measurements at the ends of passes.
        gradient_agreement_initial: mean cosine similarity of batch and full gradients at the initial weights.
        gradient_agreement_trained: mean cosine similarity of batch and full gradients at the final weights of
            mini-batch gradient descent.
        updates_to_target: number of updates until the training MSE first reaches the target, or None if it never does.
        passes_to_target: number of passes until the training MSE first reaches the target, or None if it never does.
    """

    batch_size: int
    learning_rate: float
    passes: int
    updates: int
    multiply_adds_per_update: int
    train_mse: float
    test_mse: float
    common_passes_train_mse: float
    loss_rises: float
    gradient_agreement_initial: float
    gradient_agreement_trained: float
    updates_to_target: int | None = None
    passes_to_target: float | None = None


class Study(Record):
    """Results of all gradient descent methods on the same training subset.

    Attributes:
        images: size of the training subset.
        common_passes: number of passes that every method completes.
        mean_image_mse: MSE of predicting the mean image of the subset.
        target_mse: training MSE that the methods should reach.
        methods: results of each method, keyed by method name.
        results: paragraphs that describe the results in the report.
    """

    stage = "sgd-variants"
    images: int
    common_passes: int
    mean_image_mse: float
    target_mse: float
    methods: dict[str, MethodResults]
    results: tuple[str, ...]


@dataclass(frozen=True)
class StudyCurves:
    """Measurements during training, keyed by gradient descent method and then by column.

    The columns `updates` and `passes` count from the start of training. The columns `train_mse` and `test_mse` hold the
    MSE on the training subset and on the test set. The first measurement precedes the first update.
    """

    methods: Mapping[str, Mapping[str, Sequence[float]]]

    def save(self, path: Path) -> None:
        """Write a CSV file with one row per measurement, grouped by method."""
        lines = [
            [name, *cells]
            for name, columns in self.methods.items()
            for cells in zip(*(columns[column] for column in COLUMNS), strict=True)
        ]
        write_csv(path, ["method", *COLUMNS], lines)

    @classmethod
    def load(cls, path: Path) -> "StudyCurves":
        """Read a file written by `save`. Raises UserError if the file is missing or damaged."""
        methods: dict[str, dict[str, list[float]]] = {}
        with reading(path, "sgd-variants"):
            header, *lines = read_csv(path)
            if header != ["method", *COLUMNS] or not lines:
                raise ValueError(f"{len(lines)} lines with the columns {', '.join(header)}")
            for name, *cells in lines:
                columns = methods.setdefault(name, {column: [] for column in COLUMNS})
                for column, cell in zip(COLUMNS, cells, strict=True):
                    columns[column].append(int(cell) if column == "updates" else number(cell))
        return cls(methods)
