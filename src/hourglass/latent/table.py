"""A map of codes as a CSV file, from which others draw it again."""

import csv
from pathlib import Path

import numpy as np

from hourglass.files import replacing
from hourglass.latent.embedding import Array, Labels


def write_map(path: Path, positions: Array, labels: Labels, classes: tuple[str, ...]) -> None:
    """One line a point: its place `x`, `y`, its class by name, `label`, and the test image's number, `index`."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", "label", "index"])
        for index, ((x, y), label) in enumerate(zip(positions, labels, strict=True)):
            writer.writerow([f"{x:.4f}", f"{y:.4f}", classes[label], index])


def read_map(path: Path, classes: tuple[str, ...]) -> tuple[Array, Labels]:
    """Positions (N, 2) and labels (N,) that `write_map` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    positions = np.array([(line["x"], line["y"]) for line in lines], dtype=np.float32)
    return positions, np.array([classes.index(line["label"]) for line in lines], dtype=np.uint8)
