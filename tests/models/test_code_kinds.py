"""Kinds of code and their unconstrained coordinates."""

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from shapes import IMAGE

from hourglass import models
from hourglass.models import Autoencoder
from hourglass.models.codes import CODE_KINDS
from hourglass.models.codes.quantised import Quantiser
from hourglass.models.spec import NetworkSpec

SETTINGS = {"k_sparse": {"active": 2}, "quantised": {"vectors": 4, "dims": 3}}
SHARES = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [1 / 3, 1 / 3, 1 / 3]])


def _model(code: str) -> Autoencoder:
    settings = {"latent": 3, "code": code, "code_settings": SETTINGS.get(code, {}), "encoder": {}}
    model = models.build(NetworkSpec.model_validate(settings), IMAGE)
    assert isinstance(model, Autoencoder)
    return model


@pytest.mark.parametrize("code", CODE_KINDS)
def test_coordinates_map_back_to_the_code(code: str) -> None:
    model = _model(code)
    codes = SHARES if code == "softmax" else model.from_coordinates(SHARES)
    torch.testing.assert_close(model.from_coordinates(model.coordinates(codes)), codes)


def test_any_coordinates_map_to_valid_codes_and_log_ratios_are_centred_and_finite_at_zero() -> None:
    model, coordinates = _model("softmax"), 5 * torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    shares, certain = model.from_coordinates(coordinates), torch.tensor([[1.0, 0.0]])
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(100))
    assert (shares >= 0).all()
    assert (_model("relu").from_coordinates(coordinates) >= 0).all()
    assert torch.equal(_model("none").from_coordinates(coordinates), coordinates)
    torch.testing.assert_close(model.coordinates(SHARES).sum(dim=1), torch.zeros(3), atol=1e-5, rtol=0)
    assert model.coordinates(certain).isfinite().all()
    torch.testing.assert_close(model.from_coordinates(model.coordinates(certain)), certain)


def test_sparse_codes_keep_their_largest_values() -> None:
    values = torch.tensor([[0.3, -2.0, 0.1], [-0.5, -0.1, -0.2]])
    expected = torch.tensor([[0.3, 0.0, 0.1], [0.0, -0.1, -0.2]])
    torch.testing.assert_close(_model("k_sparse").encoder[-1](values), expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"code": "k_sparse", "latent": 4}, "active is 5; must be at most the latent dimension, which is 4"),
        ({"code": "quantised", "latent": 5}, "dims is 2; must divide the latent dimension, which is 5"),
        ({"code": "k_sparse", "code_settings": {"active": 0}}, "code_settings.active\n.*greater than 0"),
        ({"code": "k_sparse", "code_settings": {"activ": 2}}, "'activ' is not a setting; known are active"),
        ({"code": "relu", "code_settings": {"active": 2}}, "'active' is not a setting; this block has none here"),
    ],
)
def test_invalid_settings_of_a_code(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NetworkSpec.model_validate({"latent": 8, "encoder": {}} | settings)


def test_quantised_codes_are_vectors_of_the_codebook_in_any_precision() -> None:
    quantiser = _model("quantised").encoder[-1]
    assert isinstance(quantiser, Quantiser)
    with torch.no_grad():
        quantiser.codebook.copy_(torch.randn(4, 3, generator=torch.Generator().manual_seed(0)) / 100 + 1)
    values = torch.randn(200, 3, generator=torch.Generator().manual_seed(1), requires_grad=True)
    codes = quantiser(values)
    assert {tuple(code) for code in codes.tolist()} <= {tuple(vector) for vector in quantiser.codebook.tolist()}
    weights = torch.arange(600.0).view(200, 3)
    (codes * weights).sum().backward()
    assert torch.equal(values.grad, weights)  # type: ignore[arg-type]
    with torch.autocast("cpu", torch.bfloat16):
        low = quantiser.nearest(values)
    assert torch.equal(low, quantiser.nearest(values))
