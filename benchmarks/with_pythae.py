"""The plain network under pythae's BaseTrainer, without checkpoints and without saving the final model."""

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
from benchmarks.workload import Workload
from hourglass.images import to_float


class _Decoder(BaseDecoder):  # type: ignore[misc]  # installed in the benchmark environment only
    def __init__(self, network: plain.PlainAutoencoder) -> None:
        super().__init__()
        self.layers = network.decoder


class _Model(BaseAE):  # type: ignore[misc]
    def __init__(self, network: plain.PlainAutoencoder, workload: Workload) -> None:
        config = BaseAEConfig(input_dim=plain.IMAGE, latent_dim=workload.network.latent)
        super().__init__(config, decoder=_Decoder(network))
        self.network, self.corruption = network, workload.corruption

    def forward(self, inputs: Any, **_: Any) -> ModelOutput:
        targets = inputs["data"]
        return ModelOutput(loss=self.network.loss(self.corruption.apply(targets, torch.default_generator), targets))

    def save(self, dir_path: str) -> None:
        """Write nothing: the trainer's files are not part of the comparison."""


class _Clock(TrainingCallback):  # type: ignore[misc]
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_epoch_begin(self, training_config: BaseTrainerConfig, **_: Any) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, training_config: BaseTrainerConfig, **_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def fit(network: plain.PlainAutoencoder, workload: Workload) -> list[float]:
    """Train the network in place and return the seconds of every epoch."""
    clock, train = _Clock(), workload.train
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=train.epochs,
            per_device_train_batch_size=train.batch_size,
            learning_rate=train.learning_rate,
            optimizer_params={"weight_decay": train.weight_decay},
            no_cuda=True,
            seed=workload.seed,
        )
        images = BaseDataset(to_float(workload.images), torch.zeros(len(workload.images)))
        BaseTrainer(_Model(network, workload), images, training_config=config, callbacks=[clock]).train()
    return clock.seconds
