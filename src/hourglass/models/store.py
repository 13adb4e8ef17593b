"""Saved models: safetensors with the description in the header, so that the file alone rebuilds the network."""

from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from hourglass.errors import UserError
from hourglass.files import load_tensors, replacing, save_tensors, sha256
from hourglass.models.base import Model
from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec, PcaSpec
from hourglass.models.vae import VariationalAutoencoder
from hourglass.randomness import derive

CHECKSUM = ".sha256"

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
    """Write weights and description, and beside them, under `.sha256`, their checksum, as `sha256sum --check` reads it.

    Each file appears whole or not at all.
    """
    save_tensors(path, model.state_dict(), network=model.spec.model_dump_json())
    with replacing(path.with_suffix(CHECKSUM)) as part:
        part.write_text(f"{sha256(path)}  {path.name}\n", encoding="ascii")


def load(path: Path | str) -> Model:
    """Rebuild a model, in evaluation mode on the CPU, from its file alone. Raises UserError where it is no model.

    Where its checksum is beside it, also where that is another's.
    """
    made = f"`dvc repro train@{Path(path).stem}`"
    tensors, header = load_tensors(Path(path), f"train@{Path(path).stem}")
    _check(Path(path))
    if "network" not in header:
        raise UserError(f"{path} holds no description of a network, so it is no model; delete it and run {made}")
    try:
        model = build(TypeAdapter(AnyNetworkSpec).validate_json(header["network"]))
        model.load_state_dict(tensors)
    except (ValidationError, RuntimeError) as error:
        why = str(error).splitlines()[0]
        raise UserError(f"{path} cannot be rebuilt by this version ({why}); delete it and run {made}") from None
    return model.eval()


def _check(path: Path) -> None:
    beside = path.with_suffix(CHECKSUM)
    expected = beside.read_text(encoding="utf-8", errors="replace").split(maxsplit=1)[:1] if beside.exists() else []
    if expected and expected != [sha256(path)]:
        raise UserError(
            f"{path} is not the model of which {beside} is the checksum: it is damaged, or another's; "
            f"`dvc checkout {path}` brings that back, or `dvc repro train@{path.stem}`"
        )
