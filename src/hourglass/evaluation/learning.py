"""What became of the same test images as training went on."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import torch
from torch import Tensor

from hourglass.constants import COUNTED_FROM
from hourglass.data import Images
from hourglass.evaluation.scores import image_errors
from hourglass.files import replacing
from hourglass.judge import Judge
from hourglass.records import ThroughTraining, TrainingImages
from hourglass.training import collapsed


@dataclass(frozen=True)
class Progress:
    """The kept reconstructions after one epoch, from 1: their error on [0, 1], and the share that kept their class."""

    epoch: int
    mse: float
    class_kept: float


def verdicts(kept: TrainingImages, judge: Judge) -> Tensor:
    """The class, uint8 (E, K), that the judge sees in each of the K kept reconstructions after every epoch."""
    return torch.stack([judge.classes(found) for found in kept.reconstructions])


def epoch_by_epoch(kept: TrainingImages, seen: Tensor, originals: Images) -> list[Progress]:
    """One entry an epoch, measured against the first of the originals. seen: the `verdicts`."""
    count = seen.shape[1]
    images, labels = originals.images[:count], originals.labels[:count]
    return [
        Progress(epoch, image_errors(found, images).mean().item(), (classes == labels).double().mean().item())
        for epoch, (found, classes) in enumerate(zip(kept.reconstructions, seen, strict=True), 1)
    ]


def through_training(
    epochs: Sequence[Progress], seen: Tensor, originals: Images, mean_image_mse: float
) -> ThroughTraining:
    """What the record describes.

    epochs, seen: as `epoch_by_epoch` and `verdicts` have them. mean_image_mse: error of the mean training image on the
    same originals.
    """
    first = min(COUNTED_FROM, len(epochs))
    wrong = seen[first - 1 :] != originals.labels[: seen.shape[1]]
    return ThroughTraining(
        wrong_class=wrong.double().mean().item(),
        first_epoch=first,
        epochs=len(wrong),
        at_mean_image=sum(collapsed(entry.mse, mean_image_mse) for entry in epochs),
        first_image_wrong=int(wrong[:, 0].sum()),
    )


def write_progress(epochs: Sequence[Progress], path: Path) -> None:
    """CSV, one line an epoch, the columns named as the fields of Progress; the file appears whole or not at all."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Progress)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(entry) for entry in epochs)
