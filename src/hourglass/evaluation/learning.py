"""What became of the same test images as training went on."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from hourglass.constants import COUNTED_FROM
from hourglass.data import Images
from hourglass.evaluation.scores import image_errors
from hourglass.files import replacing
from hourglass.judge import Judge
from hourglass.records import TrainingImages


@dataclass(frozen=True)
class Progress:
    """The kept reconstructions after one epoch, from 1: their error on [0, 1], and the share that kept their class."""

    epoch: int
    mse: float
    class_kept: float


def through_training(kept: TrainingImages, originals: Images, judge: Judge) -> list[Progress]:
    """One entry an epoch, measured against the first of the originals."""
    count = kept.reconstructions.shape[1]
    images, labels = originals.images[:count], originals.labels[:count]
    return [
        Progress(epoch, image_errors(found, images).mean().item(), judge.kept(found, labels))
        for epoch, found in enumerate(kept.reconstructions, 1)
    ]


def wrong_class(epochs: Sequence[Progress]) -> float:
    """The share of reconstructions that show another class than the original, from epoch COUNTED_FROM on.

    Of the last epoch where training is shorter.
    """
    settled = [entry for entry in epochs if entry.epoch >= COUNTED_FROM] or epochs[-1:]
    return sum(1 - entry.class_kept for entry in settled) / len(settled)


def write_progress(epochs: Sequence[Progress], path: Path) -> None:
    """CSV, one line an epoch, the columns named as the fields of Progress; the file appears whole or not at all."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Progress)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(entry) for entry in epochs)
