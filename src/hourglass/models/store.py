"""Functions that build, save and load models.

Models are saved as safetensors files. The header holds the specification, and the image shape if not 1×28×28.
"""

import json
from pathlib import Path

import torch
from pydantic import TypeAdapter

from hourglass.errors import UserError
from hourglass.files import load_tensors, replacing, save_tensors, sha256
from hourglass.images import Shape
from hourglass.models.base import Model
from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.models.spec import AnyNetworkSpec, NetworkSpec, PcaSpec
from hourglass.models.vae import VariationalAutoencoder
from hourglass.randomness import derive

NETWORKS: dict[str, type[Autoencoder]] = {"gaussian": VariationalAutoencoder}
"""Network classes, keyed by `network.code`. All other codes use `Autoencoder`."""
DEFAULT_IMAGE = (1, 28, 28)  # of files without an image shape


def build(spec: NetworkSpec | PcaSpec, image: Shape, seed: int = 0) -> Model:
    """Build a model for images of shape (C, H, W) on the CPU, without changing torch's global random state.

    The weights are deterministic for a given specification, image shape and seed.

    Example:
        >>> model = build(NetworkSpec(latent=8, encoder=Encoder(dense=(128, 32))), image=(1, 28, 28), seed=1)
    """
    with torch.random.fork_rng(devices=[]):  # torch initialises layers from the global generator only
        torch.manual_seed(derive(seed, "weights"))
        model = _model(spec, image)
    model.to(memory_format=torch.channels_last)  # as its layers compute
    return model


def _model(spec: NetworkSpec | PcaSpec, image: Shape) -> Model:
    return Pca(spec, image) if isinstance(spec, PcaSpec) else NETWORKS.get(spec.code, Autoencoder)(spec, image)


def save(model: Model, path: Path) -> None:
    """Write a model file and, next to it, a `.sha256` file for `sha256sum --check`. Each file is written atomically."""
    about = model.spec.model_dump_json()
    if model.image != DEFAULT_IMAGE:
        about = json.dumps({"image": model.image, **json.loads(about)})
    save_tensors(path, model.state_dict(), network=about)
    with replacing(path.with_suffix(".sha256")) as part:
        part.write_text(f"{sha256(path)}  {path.name}\n", encoding="ascii")


def load(path: Path | str) -> Model:
    """Load a model onto the CPU and set it to evaluation mode. Its weights do not require gradients.

    Raises:
        UserError: if the file is missing or damaged, is not a model, or does not match an existing `.sha256` file.
    """
    path = Path(path)
    stage = f"train@{path.stem}"
    tensors, header = load_tensors(path, stage, "network")
    checksum = path.with_suffix(".sha256")
    if checksum.exists() and not checksum.read_bytes().startswith(sha256(path).encode()):
        raise UserError(f"{path} does not match {checksum.name}; delete it and run `dvc checkout {path}`")
    try:
        with torch.device("meta"):  # without memory, as a damaged header may describe a model of any size
            about = json.loads(header["network"])
            image = TypeAdapter(Shape).validate_python(about.pop("image", DEFAULT_IMAGE))
            model = _model(TypeAdapter(AnyNetworkSpec).validate_python(about), image)
        model.load_state_dict(
            {
                name: tensor.to(torch.float32 if tensor.is_floating_point() else tensor.dtype, copy=True)
                for name, tensor in tensors.items()
            },
            assign=True,
        )
    except (ValueError, RuntimeError, OverflowError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} does not fit this version ({reason}); delete it and run `dvc repro {stage}`") from None
    if not all(tensor.isfinite().all() for tensor in tensors.values()):
        raise UserError(f"{path} has weights that are not finite; delete it and run `dvc repro {stage}`")
    return model.to(memory_format=torch.channels_last).requires_grad_(False).eval()
