"""Tensor shapes of all model methods, checked by jaxtyping and beartype at every call in the tests.

The checks are added here, not in the code, because MLflow traces the methods of a network.
"""

from typing import Any

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, UInt8, jaxtyped
from torch import Tensor

from hourglass import models
from hourglass.models import Autoencoder, Pca, VariationalAutoencoder

IMAGE = (1, 28, 28)  # channels, height and width of the images in most tests
Images = Float[Tensor, "batch channels height width"]
Codes = Float[Tensor, "batch dims"]
Stored = UInt8[Tensor, "batch channels height width"]
SIGNATURES = (
    *((kind, "encode", Images, Codes) for kind in (Autoencoder, Pca, VariationalAutoencoder)),
    *((kind, "decode", Codes, Images) for kind in (Autoencoder, Pca)),
    (VariationalAutoencoder, "logits", Codes, Images),
    (VariationalAutoencoder, "distribution", Images, tuple[Codes, Codes]),
    (models, "encode", Stored, Codes),
    (models, "reconstruct", Stored, Images),
)


def check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check argument and result of these functions until the patches are undone, except while MLflow traces."""
    for owner, name, argument, result in SIGNATURES:
        original = getattr(owner, name)

        def call(model: Any, tensor: Any, original: Any = original, types: Any = (argument, result)) -> Any:
            if torch.compiler.is_compiling():
                return original(model, tensor)

            def checked(tensor: Any) -> Any:
                return original(model, tensor)

            checked.__annotations__ = {"tensor": types[0], "return": types[1]}
            return jaxtyped(typechecker=beartype)(checked)(tensor)

        monkeypatch.setattr(owner, name, call)
