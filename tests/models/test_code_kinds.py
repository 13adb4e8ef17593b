"""Kinds of code and their unconstrained coordinates."""

import pytest
import torch

from hourglass.models.codes import CODES, log_ratios

SHARES = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [1 / 3, 1 / 3, 1 / 3]])


@pytest.mark.parametrize("name", CODES)
def test_coordinates_map_back_to_the_code(name: str) -> None:
    kind = CODES[name]
    torch.testing.assert_close(kind.from_coordinates(kind.coordinates(SHARES)), SHARES)


def test_any_coordinates_map_to_valid_codes() -> None:
    coordinates = 5 * torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    shares = CODES["softmax"].from_coordinates(coordinates)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(100))
    assert (shares >= 0).all()
    assert (CODES["relu"].from_coordinates(coordinates) >= 0).all()


def test_log_ratios_are_centred_and_finite_at_zero() -> None:
    torch.testing.assert_close(log_ratios(SHARES).sum(dim=1), torch.zeros(3), atol=1e-5, rtol=0)
    certain = torch.tensor([[1.0, 0.0]])
    assert log_ratios(certain).isfinite().all()
    torch.testing.assert_close(CODES["softmax"].from_coordinates(log_ratios(certain)), certain)
