"""Kinds of code and their unconstrained coordinates."""

from typing import get_args

import pytest
import torch
from shapes import IMAGE

from hourglass import models
from hourglass.models import Model
from hourglass.models.spec import Code, NetworkSpec

SHARES = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [1 / 3, 1 / 3, 1 / 3]])


def _model(code: str) -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 3, "code": code, "encoder": {}}), IMAGE)


@pytest.mark.parametrize("code", get_args(Code))
def test_coordinates_map_back_to_the_code(code: str) -> None:
    model = _model(code)
    torch.testing.assert_close(model.from_coordinates(model.coordinates(SHARES)), SHARES)


def test_any_coordinates_map_to_valid_codes() -> None:
    coordinates = 5 * torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    shares = _model("softmax").from_coordinates(coordinates)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(100))
    assert (shares >= 0).all()
    assert (_model("relu").from_coordinates(coordinates) >= 0).all()


def test_log_ratios_are_centred_and_finite_at_zero() -> None:
    model, certain = _model("softmax"), torch.tensor([[1.0, 0.0]])
    torch.testing.assert_close(model.coordinates(SHARES).sum(dim=1), torch.zeros(3), atol=1e-5, rtol=0)
    assert model.coordinates(certain).isfinite().all()
    torch.testing.assert_close(model.from_coordinates(model.coordinates(certain)), certain)
