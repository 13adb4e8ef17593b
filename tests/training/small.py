"""Small networks, data and settings for training."""

from typing import Any

import torch
from shapes import IMAGE
from torch import Tensor

from hourglass import models, training
from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.models import Autoencoder, Model, VariationalAutoencoder
from hourglass.models.spec import NetworkSpec
from hourglass.settings.variant import TrainSpec
from hourglass.training import EpochRecord, TrainingData

CPU = torch.device("cpu")
CLEAN = Corruption("none")
NOISE = Corruption("gaussian", sigma=0.3)
NETWORKS: dict[str, dict[str, Any]] = {
    "dense": {"code": "relu", "output": "tanh", "encoder": {"dense": [12]}},
    "convolutional": {"encoder": {"convolutions": [{"channels": 3, "kernel": 3, "stride": 2, "padding": 1}]}},
    "vae": {"code": "gaussian", "encoder": {"dense": [12]}},
}


def build(network: str = "dense", latent: int = 4) -> Autoencoder:
    model = models.build(NetworkSpec.model_validate({"latent": latent} | NETWORKS[network]), IMAGE, seed=3)
    assert isinstance(model, Autoencoder)
    return model


def data_of(images: Tensor, inputs: Tensor | Corruption = CLEAN) -> TrainingData:
    return TrainingData(images, inputs, images, CorruptedImages(images, CLEAN))


def spec_of(epochs: int = 2, batch_size: int = 64, learning_rate: float = 1e-3, **others: Any) -> TrainSpec:
    return TrainSpec(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, **others)


def run_all(model: Model, data: TrainingData, spec: TrainSpec | None, seed: int = 0) -> list[EpochRecord]:
    return list(training.run(model, data, spec, loss_of(model), seed, CPU))


def loss_of(model: Model) -> str:
    return "elbo" if isinstance(model, VariationalAutoencoder) else "squared_error"
