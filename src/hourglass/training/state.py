"""All that the next epoch of a training follows from, as tensors by name."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class TrainingState:
    """What moves in a training: the network, Adam's moments, generators by name, and how many epochs are done."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    generators: Mapping[str, torch.Generator]
    epoch: int = 0

    def tensors(self) -> dict[str, Tensor]:
        """A copy of it all, on the CPU."""
        named = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            named |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items()}
        named |= {f"generator.{name}": generator.get_state() for name, generator in self.generators.items()}
        named["epoch"] = torch.tensor(self.epoch)
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in named.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Put everything where `tensors` found it; nothing where there are none."""
        if not tensors:
            return
        self.epoch = int(tensors["epoch"])
        self.model.load_state_dict({name: tensors[f"model.{name}"] for name in self.model.state_dict()})
        self.model.eval()
        whole = self.optimizer.state_dict()
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        whole["state"] = {
            number: self._moments(tensors, f"optimizer.{number}.", like) for number, like in enumerate(parameters)
        }
        self.optimizer.load_state_dict(whole)
        for name, generator in self.generators.items():
            generator.set_state(tensors[f"generator.{name}"])

    @staticmethod
    def _moments(tensors: Mapping[str, Tensor], prefix: str, parameter: Tensor) -> dict[str, Tensor]:
        found = {name.removeprefix(prefix): moment for name, moment in tensors.items() if name.startswith(prefix)}
        # laid out in memory as the parameter: so Adam has them, and a fused step goes through both side by side
        return {
            name: torch.empty_like(parameter).copy_(moment) if moment.shape == parameter.shape else moment
            for name, moment in found.items()
        }
