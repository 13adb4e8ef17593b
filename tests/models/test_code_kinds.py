"""The kinds of code, and the coordinates in which any numbers are one."""

import pytest
import torch

from hourglass.models.codes import CODES, log_ratios

SOME = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [1 / 3, 1 / 3, 1 / 3]])


@pytest.mark.parametrize("name", CODES)
def test_a_code_is_where_its_coordinates_say(name: str) -> None:
    kind = CODES[name]
    torch.testing.assert_close(kind.at(kind.coordinates(SOME)), SOME)


def test_any_numbers_are_the_coordinates_of_a_code() -> None:
    anywhere = 5 * torch.randn(100, 3, generator=torch.Generator().manual_seed(0))
    shares = CODES["softmax"].at(anywhere)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(100))
    assert (shares >= 0).all()
    assert (CODES["relu"].at(anywhere) >= 0).all()


def test_log_ratios_of_shares_sum_to_nothing_and_bear_a_zero() -> None:
    assert log_ratios(SOME)[2].tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    torch.testing.assert_close(log_ratios(SOME)[0].exp() / log_ratios(SOME)[0].exp().sum(), SOME[0])
    certain = torch.tensor([[1.0, 0.0]])
    assert log_ratios(certain).isfinite().all()
    torch.testing.assert_close(CODES["softmax"].at(log_ratios(certain)), certain)
