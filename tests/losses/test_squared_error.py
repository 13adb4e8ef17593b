"""The squared error of a network that works on its own pixel range."""

import pytest
import torch
from torch import Tensor

from hourglass import models
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.spec import NetworkSpec

NETWORKS = {
    ("sigmoid", "dense"): {"encoder": {"dense": [16]}},
    ("tanh", "dense"): {"output": "tanh", "code": "relu", "encoder": {"dense": [16]}},
    ("sigmoid", "maps"): {"encoder": {"convolutions": [{"channels": 3, "kernel": 3, "stride": 2, "padding": 1}]}},
    ("tanh", "maps"): {"output": "tanh", "encoder": {"convolutions": [{"channels": 3, "kernel": 4, "stride": 3}]}},
}


def _random(seed: int) -> Tensor:
    return torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("which", NETWORKS)
def test_the_loss_is_the_mean_squared_error_and_four_times_it_on_the_range_of_tanh(which: tuple[str, str]) -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 4} | NETWORKS[which]))
    inputs, targets = _random(0).clamp(0.2, 0.6), _random(1)
    loss, terms = LOSSES["squared_error"](model, inputs, targets, torch.Generator())
    assert terms.keys() == {"mse"}
    assert terms["mse"].item() == pytest.approx((model(inputs) - targets).square().mean().item(), rel=1e-5)
    assert not terms["mse"].requires_grad
    factor = {"sigmoid": 1, "tanh": 4}[which[0]]
    assert loss.item() == pytest.approx(factor * terms["mse"].item(), rel=1e-6)


def test_its_gradient_is_that_of_the_loss_that_is_reported() -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 4, "output": "tanh", "encoder": {}}))
    assert isinstance(model, Autoencoder)
    inputs, targets = _random(0), _random(1)
    loss, _ = LOSSES["squared_error"](model, inputs, targets, torch.Generator())
    found = torch.autograd.grad(loss, list(model.parameters()))
    expected = torch.autograd.grad(4 * (model(inputs) - targets).square().mean(), list(model.parameters()))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


def test_it_draws_nothing() -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 4, "encoder": {}}))
    draw = torch.Generator().manual_seed(0)
    before = draw.get_state()
    LOSSES["squared_error"](model, _random(0), _random(1), draw)
    assert torch.equal(draw.get_state(), before)
