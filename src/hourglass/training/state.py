"""Training state, which is saved as named tensors and restored to resume a run."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class TrainingState:
    """Training state: network, Adam optimizer, named random generators and the number of finished epochs."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    generators: Mapping[str, torch.Generator]
    epoch: int = 0

    def tensors(self) -> dict[str, Tensor]:
        """Return a copy of the state as named tensors on the CPU."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items()}
        tensors |= {f"generator.{name}": generator.get_state() for name, generator in self.generators.items()}
        tensors["epoch"] = torch.tensor(self.epoch)
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore a state returned by the method `tensors`. An empty mapping changes nothing."""
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
        for name, generator in self.generators.items():
            generator.set_state(tensors[f"generator.{name}"])


def _moments(tensors: Mapping[str, Tensor], prefix: str, parameter: Tensor) -> dict[str, Tensor]:
    moments = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    # in the memory layout of the parameter, as Adam creates them: a fused step walks through both in parallel
    return {
        name: torch.empty_like(parameter).copy_(moment) if moment.shape == parameter.shape else moment
        for name, moment in moments.items()
    }
