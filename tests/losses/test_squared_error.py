"""Losses of single pixels in the network's pixel range, and the registry of losses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from hourglass import losses, models
from hourglass.losses import LOSSES
from hourglass.models.codes import CODE_KINDS
from hourglass.models.spec import NetworkSpec

CONVOLUTION = {"channels": 3, "kernel": 3, "stride": 2, "padding": 1}


def _random(seed: int) -> Tensor:
    return torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("output", "factor"), [("sigmoid", 1), ("tanh", 4)])
@pytest.mark.parametrize("encoder", [{"dense": [16]}, {"convolutions": [CONVOLUTION]}])
def test_the_loss_is_the_mean_squared_error_in_the_pixel_range(
    output: str, factor: int, encoder: dict[str, Any]
) -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 4, "output": output, "encoder": encoder}), IMAGE)
    inputs, targets = _random(0).clamp(0.2, 0.6), _random(1)
    loss, terms = LOSSES["squared_error"](model, inputs, targets, torch.Generator())
    expected = (model(inputs) - targets).square().mean()
    assert terms.keys() == {"mse"}
    assert terms["mse"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert loss.item() == pytest.approx(factor * terms["mse"].item(), rel=1e-6)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    for gradient, reference in zip(
        gradients, torch.autograd.grad(factor * expected, list(model.parameters())), strict=True
    ):
        torch.testing.assert_close(gradient, reference, rtol=1e-4, atol=1e-7)


def _huber(error: Tensor) -> Tensor:
    return torch.where(error < 0.1, error.square() / 2, 0.1 * (error - 0.1 / 2))


@pytest.mark.parametrize(("name", "formula", "power"), [("absolute_error", Tensor.abs, 1), ("huber", _huber, 2)])
@pytest.mark.parametrize(("output", "span"), [("sigmoid", 1), ("tanh", 2)])
def test_robust_losses(name: str, formula: Callable[[Tensor], Tensor], power: int, output: str, span: int) -> None:
    spec = NetworkSpec.model_validate({"latent": 4, "output": output, "encoder": {"dense": [16]}})
    model, inputs, targets = models.build(spec, IMAGE), _random(0), _random(1)
    loss, terms = LOSSES[name](model, inputs, targets, torch.Generator())
    error = (model(inputs) - targets).abs()
    assert loss.item() == pytest.approx(span**power * formula(error).mean().item(), rel=1e-5)
    assert terms["mse"].item() == pytest.approx(error.square().mean().item(), rel=1e-5)
    assert not terms["mse"].requires_grad


def test_a_loss_has_the_name_of_its_file() -> None:
    files = {path.stem for path in Path(losses.__file__).parent.glob("[a-z]*.py")}
    assert LOSSES.keys() == files - {"base"}


def test_losses_suit_kinds_of_code() -> None:
    suitable = {code: [name for name, loss in LOSSES.items() if loss.suits(code)] for code in (*CODE_KINDS, "pca")}
    assert suitable["gaussian"] == ["elbo", "iwae"]
    assert suitable["quantised"] == ["vq_vae"]
    assert suitable["pca"] == ["squared_error"]
    assert suitable["relu"] == ["absolute_error", "cross_entropy", "huber", "rae_l2", "squared_error"]
