"""The shapes that models and what they are asked promise, checked by jaxtyping and beartype at every call in the tests.

The checks are put around the functions here, and not into the code: MLflow traces a network's own methods.
"""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from beartype import beartype
from jaxtyping import Float, UInt8, jaxtyped
from torch import Tensor

from hourglass import models
from hourglass.models import Autoencoder, Model, Pca, VariationalAutoencoder

checked = jaxtyped(typechecker=beartype)
Images = Float[Tensor, "batch 1 28 28"]
Codes = Float[Tensor, "batch numbers"]
Stored = UInt8[Tensor, "batch 28 28"]


def encode(original: Callable[..., Any]) -> Callable[..., Any]:
    @checked
    def encode(model: Model, images: Images) -> Codes:
        return original(model, images)

    return encode


def decode(original: Callable[..., Any]) -> Callable[..., Any]:
    @checked
    def decode(model: Model, codes: Codes) -> Images:
        return original(model, codes)

    return decode


def distribution(original: Callable[..., Any]) -> Callable[..., Any]:
    @checked
    def distribution(model: Model, images: Images) -> tuple[Codes, Codes]:
        return original(model, images)

    return distribution


def all_encoded(original: Callable[..., Any]) -> Callable[..., Any]:
    @checked
    def encode(model: Model, inputs: Stored) -> Codes:
        return original(model, inputs)

    return encode


def all_reconstructed(original: Callable[..., Any]) -> Callable[..., Any]:
    @checked
    def reconstruct(model: Model, inputs: Stored) -> Images:
        return original(model, inputs)

    return reconstruct


PROMISES = (
    *((kind, "encode", encode) for kind in (Autoencoder, Pca, VariationalAutoencoder)),
    *((kind, "decode", decode) for kind in (Autoencoder, Pca)),
    (VariationalAutoencoder, "logits", decode),
    (VariationalAutoencoder, "distribution", distribution),
    (models, "encode", all_encoded),
    (models, "reconstruct", all_reconstructed),
)


def check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check these promises from now on, until the patches are undone; not while a network is traced."""
    for owner, name, promise in PROMISES:
        original = getattr(owner, name)
        watched = promise(original)

        def call(*arguments: Any, original: Any = original, watched: Any = watched) -> Any:
            return (original if torch.compiler.is_compiling() else watched)(*arguments)

        monkeypatch.setattr(owner, name, call)
