"""One variant's training from the data to what it leaves behind."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from hourglass.corruptions import Corruption, Inputs
from hourglass.images import Images, to_uint8
from hourglass.models import Model, active_units, encode, reconstruct
from hourglass.records import History, Snapshots, TrainingSummary
from hourglass.settings.stage_configs import TrainConfig
from hourglass.training.collapse import collapsed, mean_image_mse
from hourglass.training.loop import EpochRecord, TrainingData

SNAPSHOTS = (
    1000  # of the first test images: what becomes of them is kept after every epoch, to be drawn and judged later
)


def training_data(settings: TrainConfig, images: Path, inputs: Path) -> TrainingData:
    """What a variant learns from: noise drawn anew for every batch, or the fixed copy of preprocess-noise.

    images, inputs: the folders of clean images and of corrupted ones. Raises UserError where a file is missing.
    """
    train, test = (Images.load(images / f"{split}.safetensors").images for split in ("train", "test"))
    corruption = Corruption(settings.corruption, **settings.strengths)
    folder = inputs / settings.corruption
    drawn = corruption if settings.fresh_noise else Inputs.load(folder / "train.safetensors").images
    return TrainingData(train, drawn, test, Inputs.load(folder / "test.safetensors"))


class Course:
    """What a training comes to, epoch by epoch.

    records, kept: of the epochs that are done already, and what became of the first test images, uint8 (N, 28, 28).
    """

    def __init__(
        self, model: Model, data: TrainingData, records: Sequence[EpochRecord] = (), kept: Sequence[Tensor] = ()
    ) -> None:
        self._model, self._data = model, data
        self._records, self._kept = list(records), list(kept)

    def add(self, record: EpochRecord) -> Tensor:
        """An epoch has ended, and the model stands as it left it. Returns what becomes of the first test images."""
        self._records.append(record)
        self._kept.append(to_uint8(reconstruct(self._model, self._data.test_inputs.images[:SNAPSHOTS])))
        return self._kept[-1]

    def history(self) -> History:
        """All epochs so far."""
        lines = [record.metrics() for record in self._records]
        return History(
            [record.epoch for record in self._records], {name: [line[name] for line in lines] for name in lines[0]}
        )

    def images(self) -> Snapshots:
        """What became of the first test images."""
        return Snapshots(torch.stack(self._kept))

    def summary(self) -> TrainingSummary:
        """How the training ended, and whether it learned anything."""
        last, data = self._records[-1], self._data
        assert last.test_mse is not None  # always measured after the last epoch
        codes = encode(self._model, data.test_inputs.images)
        mean_image = mean_image_mse(data.images, data.test_images)
        return TrainingSummary(
            epochs=last.epoch,
            train_mse=last.train_mse,
            test_mse=last.test_mse,
            mean_image_mse=mean_image,
            collapsed=collapsed(last.test_mse, mean_image),
            latent_dim=codes.shape[1],
            active_units=active_units(self._model, codes),
        )


def in_words(variant: str, summary: TrainingSummary) -> str:
    """The last lines of a training; a collapse cannot be overlooked."""
    live, size = summary.active_units, summary.latent_dim
    text = f"{variant}: test MSE {summary.test_mse:.5f} on [0, 1], {live} of {size} code units live"
    if summary.collapsed:
        text += (
            f"\n*** {variant} HAS COLLAPSED: its test MSE {summary.test_mse:.5f} is hardly better than that of the "
            f"mean image, {summary.mean_image_mse:.5f}. Train longer, or with another seed. ***"
        )
    return text
