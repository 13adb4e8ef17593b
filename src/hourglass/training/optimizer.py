"""Optimizers, and schedules of the learning rate and of the weight of the KL divergence."""

import math

import torch
from torch import nn

from hourglass.models import Autoencoder, VariationalAutoencoder
from hourglass.settings.variant import TrainSpec

STEP_FACTOR = 0.1  # of schedule `step`


def build_optimizer(model: nn.Module, spec: TrainSpec, device: torch.device) -> torch.optim.Optimizer:
    """Return the optimizer that `spec` selects for a model on `device`."""
    parameters, rate, decay = model.parameters(), spec.learning_rate, spec.weight_decay
    if spec.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=spec.momentum, fused=True)
    kind = torch.optim.AdamW if spec.optimizer == "adamw" else torch.optim.Adam
    in_graph = device.type == "cuda" and not spec.changing
    return kind(parameters, lr=rate, weight_decay=decay, fused=True, capturable=in_graph)


class Schedules:
    """Schedules of the learning rate and of the weight of the KL divergence in a training run."""

    def __init__(
        self, model: Autoencoder, optimizer: torch.optim.Optimizer, spec: TrainSpec, updates_per_epoch: int
    ) -> None:
        """Create the schedules selected by `spec` for a run with `updates_per_epoch` weight updates per epoch."""
        self._model, self._optimizer, self._spec = model, optimizer, spec
        self._updates = updates_per_epoch

    def apply(self, epoch: int, batch: int) -> None:
        """Set the learning rate and the KL weight for a batch. Epochs are counted from 1, batches from 0."""
        if not self._spec.changing:
            return
        update = (epoch - 1) * self._updates + batch
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate(update)
        if isinstance(self._model, VariationalAutoencoder) and self._spec.kl_warm_up:
            self._model.kl_weight = min(1.0, update / (self._spec.kl_warm_up * self._updates))

    def learning_rate(self, update: int) -> float:
        """Return the learning rate of weight update `update`, counted from 0.

        During the warm-up, the rate rises linearly. Afterwards, it is constant, falls to 0 along half a period of a
        cosine (Loshchilov & Hutter 2017), or is divided by 10 after every `step_epochs` epochs.
        """
        spec, warm_up, total = self._spec, self._spec.warm_up * self._updates, self._spec.epochs * self._updates
        if update < warm_up:
            return spec.learning_rate * (update + 1) / warm_up
        factor = 1.0
        if spec.schedule == "cosine":
            factor = (1 + math.cos(math.pi * (update - warm_up) / (total - warm_up))) / 2
        elif spec.step_epochs is not None:
            factor = STEP_FACTOR ** ((update - warm_up) // self._updates // spec.step_epochs)
        return spec.learning_rate * factor
