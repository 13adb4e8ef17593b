"""Training state, which is saved as named tensors and restored to resume a run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass
class BestEpoch:
    """Number, validation error and weights of the epoch with the lowest validation error so far."""

    epoch: int = 0
    mse: float = math.inf
    weights: dict[str, Tensor] = field(default_factory=dict)


@dataclass
class TrainingState:
    """State of a training run: network, optimizer, random generators, number of finished epochs, and best epoch.

    `generators` is keyed by name. `best` is None without early stopping.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    generators: Mapping[str, torch.Generator]
    epoch: int = 0
    best: BestEpoch | None = None

    def finish_epoch(self, epoch: int, validation_mse: float | None) -> int | None:
        """Mark an epoch as finished, and return the number of the best epoch so far.

        An epoch with the lowest `validation_mse` so far becomes the best epoch, and its weights are stored. Without
        early stopping, or if `validation_mse` is None, the best epoch stays unchanged, and None is returned.
        """
        self.epoch = epoch
        if self.best is None or validation_mse is None:
            return None
        if validation_mse < self.best.mse:
            weights = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
            self.best = BestEpoch(epoch, validation_mse, weights)
        return self.best.epoch

    def should_stop(self, patience: int | None) -> bool:
        """Return whether the best epoch is at least `patience` epochs ago. False without patience or best epoch."""
        if patience is None or self.best is None or not self.best.epoch:
            return False
        return self.epoch - self.best.epoch >= patience

    def tensors(self) -> dict[str, Tensor]:
        """Return a copy of the state as named tensors on the CPU."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items() if tensor is not None}
        tensors |= {f"generator.{name}": generator.get_state() for name, generator in self.generators.items()}
        tensors["epoch"] = torch.tensor(self.epoch)
        if self.best is not None:
            tensors["best.epoch"] = torch.tensor(self.best.epoch)
            tensors["best.mse"] = torch.tensor(self.best.mse, dtype=torch.float64)
            tensors |= {f"best.weights.{name}": tensor for name, tensor in self.best.weights.items()}
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore a state returned by the method `tensors`. An empty mapping has no effect."""
        if not tensors:
            return
        self.epoch = int(tensors["epoch"])
        self.model.load_state_dict({name: tensors[f"model.{name}"] for name in self.model.state_dict()})
        self.model.eval()
        state = self.optimizer.state_dict()
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        state["state"] = {
            number: _moments(tensors, f"optimizer.{number}.", parameter) for number, parameter in enumerate(parameters)
        }
        self.optimizer.load_state_dict(state)
        if self.best is not None:
            weights = _below("best.weights.", tensors)  # none before the first best epoch
            self.best = BestEpoch(int(tensors["best.epoch"]), tensors["best.mse"].item(), weights)
        for name, generator in self.generators.items():
            generator.set_state(tensors[f"generator.{name}"])


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _moments(tensors: Mapping[str, Tensor], prefix: str, parameter: Tensor) -> dict[str, Tensor]:
    # in the memory layout of the parameter, as Adam creates them: a fused step walks through both in parallel
    return {
        name: torch.empty_like(parameter).copy_(moment) if moment.shape == parameter.shape else moment
        for name, moment in _below(prefix, tensors).items()
    }
