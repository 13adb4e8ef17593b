"""Training of plain networks with Lightning's Trainer, without logger, checkpoints and progress bar."""

import time
from typing import Any

import lightning as L
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import plain
from benchmarks.workload import Workload
from hourglass.images import to_float


class _Module(L.LightningModule):  # type: ignore[misc]  # installed in the benchmark environment only
    def __init__(self, network: plain.PlainAutoencoder, workload: Workload) -> None:
        super().__init__()
        self.network, self.workload = network, workload

    def training_step(self, batch: list[Tensor], batch_index: int) -> Tensor:
        return self.network.loss(self.workload.corruption.apply(batch[0], torch.default_generator), batch[0])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        spec = self.workload.train
        return torch.optim.Adam(self.network.parameters(), lr=spec.learning_rate, weight_decay=spec.weight_decay)


class _Clock(L.Callback):  # type: ignore[misc]
    seconds: list[float]

    def on_train_start(self, *_: Any) -> None:
        self.seconds = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.start = time.perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def fit(network: plain.PlainAutoencoder, workload: Workload) -> list[float]:
    """Train the network in place and return the seconds of every epoch."""
    clock = _Clock()
    trainer = L.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=workload.train.epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[clock],
    )
    loader = DataLoader(TensorDataset(to_float(workload.images)), batch_size=workload.train.batch_size, shuffle=True)
    trainer.fit(_Module(network, workload), loader)
    return clock.seconds
