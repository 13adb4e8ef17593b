"""The plain network under Lightning's Trainer, set for speed: no logger, no checkpoints, no progress bar."""

import time
from typing import Any

import lightning as L
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from benchmarks import plain
from benchmarks.engines import tensors
from benchmarks.work import Work


class Module(L.LightningModule):  # type: ignore[misc]  # lightning is in the benchmark's own environment only
    def __init__(self, network: plain.PlainAutoencoder, work: Work) -> None:
        super().__init__()
        self.network, self.work = network, work

    def training_step(self, batch: list[Tensor], batch_index: int) -> Tensor:
        targets = batch[0]
        return self.network.loss(plain.corrupt(targets, self.work.corruption), targets)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        spec = self.work.train
        return torch.optim.Adam(self.network.parameters(), lr=spec.learning_rate, weight_decay=spec.weight_decay)


class Clock(L.Callback):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.start = time.perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def fit(network: plain.PlainAutoencoder, work: Work) -> list[float]:
    """Train the network in place; returns the seconds of every epoch."""
    clock = Clock()
    trainer = L.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=work.train.epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[clock],
    )
    trainer.fit(Module(network, work), DataLoader(tensors(work), batch_size=work.train.batch_size, shuffle=True))
    return clock.seconds
