"""What became of the same test images as training went on."""

from collections.abc import Sequence
from dataclasses import dataclass

from hourglass.data import Images, Kept
from hourglass.evaluation.scores import image_errors
from hourglass.judge import Judge

SETTLED = 10  # Padova counts wrong digits from this epoch on


@dataclass(frozen=True)
class Progress:
    """The kept reconstructions after one epoch, from 1: their error on [0, 1], and the share that kept their class."""

    epoch: int
    mse: float
    class_kept: float


def through_training(kept: Kept, originals: Images, judge: Judge) -> list[Progress]:
    """One entry an epoch, measured against the first of the originals."""
    count = kept.reconstructions.shape[1]
    images, labels = originals.images[:count], originals.labels[:count]
    return [
        Progress(epoch, image_errors(found, images).mean().item(), judge.kept(found, labels))
        for epoch, found in enumerate(kept.reconstructions, 1)
    ]


def wrong_class(epochs: Sequence[Progress]) -> float:
    """The share of reconstructions that show another class than the original, from epoch 10 on.

    Of the last epoch where training is shorter.
    """
    settled = [entry for entry in epochs if entry.epoch >= SETTLED] or epochs[-1:]
    return sum(1 - entry.class_kept for entry in settled) / len(settled)
