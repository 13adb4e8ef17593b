"""The losses of all variants as one CSV file, from which DVC draws its chart."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from hourglass.files import replacing

COLUMNS = {"training": "train_mse", "test": "test_mse"}

History = Sequence[Mapping[str, str]]


def write_losses(histories: Mapping[str, History], path: Path) -> None:
    """One line a variant, epoch and set, with its `mse`; epochs at which the test loss was not taken have none.

    histories: the lines of `plots/train/<variant>/history.csv`, as a DictReader gives them, by variant; that of a
    closed form, which takes no epochs, is of epoch 0.
    """
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["variant", "epoch", "set", "mse"])
        for variant, history in histories.items():
            for name, column in COLUMNS.items():
                writer.writerows([variant, line["epoch"], name, line[column]] for line in history if line[column])
