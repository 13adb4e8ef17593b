"""Curves against epochs, and the losses of all variants as the CSV file from which DVC draws its chart."""

from collections.abc import Mapping
from pathlib import Path

from hourglass.records import Curve, History
from hourglass.records.base import write_csv

COLUMNS = {"training": "train_mse", "test": "test_mse"}

Losses = Mapping[str, Curve]
"""Curves of one variant, (epoch, mean squared error on [0, 1]), on `training` and on `test` images."""


def curve(history: History, column: str, closed_form: bool = False) -> Curve:
    """Return the epochs at which a column was measured, with its values; empty if there is no such column.

    A closed form has no epochs: its one value has epoch 0.
    """
    cells = zip(history.epochs, history.columns.get(column, ()), strict=False)
    return [(0 if closed_form else epoch, value) for epoch, value in cells if value is not None]


def curves(history: History, closed_form: bool) -> dict[str, Curve]:
    """Return the loss curves of a run."""
    return {images: curve(history, column, closed_form) for images, column in COLUMNS.items()}


def write_losses(losses: Mapping[str, Losses], path: Path) -> None:
    """Write one line for every variant, set of images and epoch at which the loss was measured."""
    lines = [
        (variant, epoch, images, value)
        for variant, of_variant in losses.items()
        for images, points in of_variant.items()
        for epoch, value in points
    ]
    write_csv(path, ["variant", "epoch", "set", "mse"], lines)
