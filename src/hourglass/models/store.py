"""Saved models: safetensors with the description in the header, so that the file alone rebuilds the network."""

from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from hourglass.errors import UserError
from hourglass.files import load_tensors, save_tensors
from hourglass.models.model import Model
from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.models.variational import VariationalAutoencoder
from hourglass.randomness import derive
from hourglass.settings.network import AnyNetworkSpec, NetworkSpec, PcaSpec

KINDS: dict[str, type[Autoencoder]] = {"gaussian": VariationalAutoencoder}
"""The networks for codes that want more than an activation."""


def build(spec: NetworkSpec | PcaSpec, seed: int = 0) -> Model:
    """The network that a description names, on the CPU, its weights drawn from the seed."""
    if isinstance(spec, PcaSpec):
        return Pca(spec)
    kind = KINDS.get(spec.code, Autoencoder)
    with torch.random.fork_rng(devices=[]):  # torch's layers draw from the global generator only
        torch.manual_seed(derive(seed, "weights"))
        model: Model = kind(spec)
    model.to(memory_format=torch.channels_last)  # as its layers compute
    return model


def save(model: Model, path: Path) -> None:
    """Write weights and description; the file appears whole or not at all."""
    save_tensors(path, model.state_dict(), network=model.spec.model_dump_json())


def load(path: Path | str) -> Model:
    """Rebuild a model, in evaluation mode on the CPU, from its file alone. Raises UserError where it is no model."""
    tensors, header = load_tensors(Path(path), f"train@{Path(path).stem}")
    if "network" not in header:
        raise UserError(f"{path} holds no network description in its header, so it is not a model of this project")
    try:
        model = build(TypeAdapter(AnyNetworkSpec).validate_json(header["network"]))
        model.load_state_dict(tensors)
    except (ValidationError, RuntimeError) as error:
        why = str(error).splitlines()[0]
        raise UserError(f"{path} is a model that this version cannot rebuild ({why}); train it again") from None
    return model.eval()
