"""Training of plain networks with pythae's BaseTrainer, without checkpoints, and of pythae's own models."""

import tempfile
import time
from collections.abc import Mapping
from typing import Any

import torch
from pythae import models as own
from pythae.data.datasets import BaseDataset
from pythae.models.base import BaseAE, BaseAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.pipelines import TrainingPipeline
from pythae.trainers import BaseTrainer, BaseTrainerConfig, CoupledOptimizerTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import Tensor, nn

from benchmarks import plain
from benchmarks.workload import Workload
from hourglass.images import to_float
from hourglass.models import Autoencoder
from hourglass.models.codes.quantised import Quantiser

MODELS: dict[str, tuple[Any, Any]] = {
    "AE": (own.AE, own.AEConfig),
    "VAE": (own.VAE, own.VAEConfig),
    "RAE_L2": (own.RAE_L2, own.RAE_L2_Config),
    "WAE_MMD": (own.WAE_MMD, own.WAE_MMD_Config),
    "IWAE": (own.IWAE, own.IWAEConfig),
    "VQVAE": (own.VQVAE, own.VQVAEConfig),
}
"""pythae's models and their configurations, keyed by name."""


class _Encoder(BaseEncoder):  # type: ignore[misc]  # installed in the benchmark environment only
    def __init__(self, model: Autoencoder) -> None:
        super().__init__()
        self.code, last = model.spec.code, model.encoder[-1]
        self.layers = nn.Sequential(nn.Flatten(), *model.encoder[1:-1])
        self.dims = last.codebook.shape[1] if isinstance(last, Quantiser) else None

    def forward(self, images: Tensor) -> ModelOutput:
        outputs = self.layers(images)
        if self.code == "gaussian":
            mean, log_variance = outputs.chunk(2, dim=1)
            return ModelOutput(embedding=mean, log_covariance=log_variance)
        if self.dims:  # each group of values is one pixel of a map (B, D, K/D, 1)
            outputs = outputs.unflatten(1, (-1, self.dims)).transpose(1, 2).unsqueeze(3)
        return ModelOutput(embedding=outputs)


class _Decoder(BaseDecoder):  # type: ignore[misc]
    def __init__(self, network: plain.PlainAutoencoder | Autoencoder) -> None:
        super().__init__()
        self.layers = network.decoder

    def forward(self, codes: Tensor) -> ModelOutput:
        if codes.dim() == 4:
            codes = codes.squeeze(3).transpose(1, 2).flatten(1)
        return ModelOutput(reconstruction=self.layers(codes).view(-1, *plain.IMAGE))


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


def own_model(name: str, options: Mapping[str, Any], model: Autoencoder) -> BaseAE:
    """Return pythae's model `name` with the configuration `options`. It shares its parameters with `model`."""
    kind, config = MODELS[name]
    about = config(input_dim=plain.IMAGE, latent_dim=model.spec.latent, **options)
    result = kind(about, encoder=_Encoder(model), decoder=_Decoder(model))
    if isinstance(model.encoder[-1], Quantiser):
        result.quantizer.embeddings.weight = model.encoder[-1].codebook
    return result


def fit_own(name: str, options: Mapping[str, Any], model: Autoencoder, workload: Workload) -> list[float]:
    """Train `model` in place with the loss and the trainer of a pythae model, and return the seconds of every epoch.

    `name` is the name of pythae's model class, and `options` are fields of its configuration.
    """
    clock, train = _Clock(), workload.train
    with tempfile.TemporaryDirectory() as folder:
        about: dict[str, Any] = {
            "output_dir": folder,
            "num_epochs": train.epochs,
            "per_device_train_batch_size": train.batch_size,
            "no_cuda": True,
            "seed": workload.seed,
        }
        if name == "RAE_L2":  # trained by two optimizers
            rates = {f"{part}_learning_rate": train.learning_rate for part in ("encoder", "decoder")}
            config = CoupledOptimizerTrainerConfig(**about, **rates)
        else:
            config = BaseTrainerConfig(**about, learning_rate=train.learning_rate)
        TrainingPipeline(own_model(name, options, model), config)(to_float(workload.images), callbacks=[clock])
    return clock.seconds
