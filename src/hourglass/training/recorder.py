"""Recorder that collects the results of one training run, epoch by epoch."""

from collections.abc import Iterable

import torch
from torch import Tensor

from hourglass.images import collapsed, mean_image_mse, to_uint8
from hourglass.models import Model, active_units, encode, reconstruct
from hourglass.records import History, Snapshots, TrainingSummary
from hourglass.training.data import TrainingData
from hourglass.training.loop import EpochRecord

SNAPSHOT_IMAGES = 1000  # of the first test images


class TrainingRecorder:
    """Recorder that collects each epoch's metrics and its reconstructions of the first 1,000 test images."""

    def __init__(
        self, model: Model, data: TrainingData, records: Iterable[EpochRecord] = (), snapshots: Iterable[Tensor] = ()
    ) -> None:
        """Create a recorder. To resume a run, pass the records and snapshots of all finished epochs."""
        self._model, self._data = model, data
        self._records, self._snapshots = list(records), list(snapshots)

    def add(self, record: EpochRecord) -> Tensor:
        """Record a finished epoch, and return uint8 reconstructions (N, C, H, W) of the first 1,000 test images."""
        self._records.append(record)
        self._snapshots.append(to_uint8(reconstruct(self._model, self._data.test_inputs.images[:SNAPSHOT_IMAGES])))
        return self._snapshots[-1]

    def history(self) -> History:
        """Return the metrics of all recorded epochs."""
        rows = [record.metrics() for record in self._records]
        epochs = [record.epoch for record in self._records]
        return History(epochs, {name: [row[name] for row in rows] for name in rows[0]})

    def snapshots(self) -> Snapshots:
        """Return the reconstructions recorded after each epoch."""
        return Snapshots(torch.stack(self._snapshots))

    def summary(self) -> TrainingSummary:
        """Return the metrics of the trained model, and whether the model collapsed to the mean image."""
        last, data = self._records[-1], self._data
        kept = self._records[last.kept_epoch - 1] if last.kept_epoch else last
        assert kept.test_mse is not None  # the last epoch is always tested, and every epoch if training can stop early
        codes = encode(self._model, data.test_inputs.images)
        mean_image = mean_image_mse(data.images, data.test_images)
        return TrainingSummary(
            epochs=last.epoch,
            train_mse=kept.train_mse,
            test_mse=kept.test_mse,
            mean_image_mse=mean_image,
            collapsed=collapsed(kept.test_mse, mean_image),
            latent_dim=codes.shape[1],
            active_units=active_units(self._model, codes),
            validation_mse=kept.validation_mse,
            kept_epoch=kept.kept_epoch,
        )


def summary_text(variant: str, summary: TrainingSummary) -> str:
    """Format the result of a training run for the terminal, with a warning if the model has collapsed."""
    text = f"{variant}: test MSE {summary.test_mse:.5f} on [0, 1], "
    text += f"{summary.active_units} of {summary.latent_dim} units active"
    if summary.validation_mse is not None:
        text += f", validation MSE {summary.validation_mse:.5f}"
    if summary.kept_epoch is not None:
        text += f", weights of epoch {summary.kept_epoch} of {summary.epochs}"
    if summary.collapsed:
        text += (
            f"\n*** {variant} HAS COLLAPSED: its test MSE {summary.test_mse:.5f} is hardly better than that of the "
            f"mean image, {summary.mean_image_mse:.5f}. Train for more epochs or with another seed. ***"
        )
    return text
