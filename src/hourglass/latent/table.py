"""A map of codes as a CSV file, from which DVC draws it."""

import csv
from pathlib import Path

from hourglass.files import replacing
from hourglass.latent.tsne import Array, Labels


def write_map(path: Path, positions: Array, labels: Labels, classes: tuple[str, ...]) -> None:
    """One line a point: its place `x`, `y`, its class by name, `label`, and the test image's number, `index`."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", "label", "index"])
        for index, ((x, y), label) in enumerate(zip(positions, labels, strict=True)):
            writer.writerow([f"{x:.4f}", f"{y:.4f}", classes[label], index])
