"""The plain network under pythae's BaseTrainer, without checkpoints; its model is not saved at the end."""

import tempfile
import time
from typing import Any

import torch
from pythae.data.datasets import BaseDataset
from pythae.models.base import BaseAE, BaseAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback

from benchmarks import plain
from benchmarks.work import Work
from hourglass.images import to_float
from hourglass.models.sizes import IMAGE


class Decoder(BaseDecoder):  # type: ignore[misc]  # pythae is in the benchmark's own environment only
    def __init__(self, network: plain.PlainAutoencoder) -> None:
        super().__init__()
        self.layers = network.decoder


class Model(BaseAE):  # type: ignore[misc]
    def __init__(self, network: plain.PlainAutoencoder, work: Work) -> None:
        config = BaseAEConfig(input_dim=IMAGE, latent_dim=work.network.latent)
        super().__init__(config, decoder=Decoder(network))
        self.network, self.corruption = network, work.corruption

    def forward(self, inputs: Any, **_: Any) -> ModelOutput:
        targets = inputs["data"]
        return ModelOutput(loss=self.network.loss(plain.corrupt(targets, self.corruption), targets))

    def save(self, dir_path: str) -> None:
        """Nothing: the time of the trainer's files is no part of what is compared."""


class Clock(TrainingCallback):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, training_config: BaseTrainerConfig, **_: Any) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, training_config: BaseTrainerConfig, **_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def fit(network: plain.PlainAutoencoder, work: Work) -> list[float]:
    """Train the network in place; returns the seconds of every epoch."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=work.train.epochs,
            per_device_train_batch_size=work.train.batch_size,
            learning_rate=work.train.learning_rate,
            optimizer_params={"weight_decay": work.train.weight_decay},
            no_cuda=True,
            seed=work.seed,
        )
        images = BaseDataset(to_float(work.images), torch.zeros(len(work.images)))
        BaseTrainer(Model(network, work), images, training_config=config, callbacks=[clock]).train()
    return clock.seconds
