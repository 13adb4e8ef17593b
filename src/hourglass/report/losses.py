"""Curves against epochs; the losses of all variants as one CSV file, from which DVC draws its chart."""

import csv
from collections.abc import Mapping
from pathlib import Path

from hourglass.files import replacing
from hourglass.records import Curve, History

COLUMNS = {"training": "train_mse", "test": "test_mse"}

Losses = Mapping[str, Curve]
"""The curves of a variant, (epoch, mean squared error on [0, 1]), on `training` and on `test` images."""


def curve(history: History, column: str, closed_form: bool = False) -> Curve:
    """The epochs at which a column was measured, with its values; empty where there is no such column.

    A closed form takes no epochs, so that its one value is that of epoch 0.
    """
    cells = zip(history.epochs, history.columns.get(column, ()), strict=False)
    return [(0 if closed_form else epoch, value) for epoch, value in cells if value is not None]


def curves(history: History, closed_form: bool) -> dict[str, Curve]:
    """The losses of a training."""
    return {images: curve(history, column, closed_form) for images, column in COLUMNS.items()}


def write_losses(losses: Mapping[str, Losses], path: Path) -> None:
    """One line a variant, set of images and epoch, with its `mse`; epochs at which a loss was not taken have none."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["variant", "epoch", "set", "mse"])
        for variant, of_variant in losses.items():
            for images, curve in of_variant.items():
                writer.writerows([variant, epoch, images, value] for epoch, value in curve)
