"""Collapse and live code units, on cases with known answers."""

import pytest
import torch
from torch import Tensor

from hourglass import models, training
from hourglass.models import Model
from hourglass.settings.network import NetworkSpec


def _model(code: str = "none") -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 4, "code": code, "encoder": {}}))


def test_the_mean_image_is_the_training_sets() -> None:
    black, white = (torch.full((6, 28, 28), value, dtype=torch.uint8) for value in (0, 255))
    assert training.mean_image_mse(torch.cat([black, white]), white) == pytest.approx(0.25)
    assert training.mean_image_mse(black, white) == pytest.approx(1)
    assert training.mean_image_mse(white, white) == 0
    assert training.mean_image_mse(torch.cat([black, white, white]), black) == pytest.approx(4 / 9)


def test_on_its_own_images_the_mean_images_error_is_their_variance() -> None:
    images = torch.randint(0, 256, (50, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    variance = (images.double() / 255).var(dim=0, correction=0).mean().item()
    assert training.mean_image_mse(images, images) == pytest.approx(variance, rel=1e-12)


@pytest.mark.parametrize(
    ("mse", "collapsed"), [(0.0867, True), (0.079, True), (0.077, False), (0.0189, False), (0.1, True)]
)
def test_a_collapse_is_within_ten_percent_of_the_mean_image(mse: float, collapsed: bool) -> None:
    assert training.collapsed(mse, 0.0868) == collapsed


def _codes(*spreads: float) -> Tensor:
    """Codes (1000, K) whose numbers have these standard deviations, around means far from 0."""
    noise = torch.randn(1000, len(spreads), generator=torch.Generator().manual_seed(0))
    return 3 + torch.tensor(spreads) * (noise - noise.mean(dim=0)) / noise.std(dim=0)


def test_units_that_do_not_change_are_not_live() -> None:
    assert training.live_units(_model(), _codes(1.0, 0.0, 0.01, 1e-4)) == 2
    assert training.live_units(_model(), torch.zeros(10, 4)) == 0
    assert training.live_units(_model(), torch.full((10, 4), 7.5)) == 0


def test_a_variational_unit_is_live_from_a_variance_of_a_hundredth() -> None:
    assert training.live_units(_model("gaussian"), _codes(1.0, 0.11, 0.09, 0.01)) == 2


def test_a_network_with_dead_code_units_is_counted() -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 8, "code": "relu", "encoder": {"dense": [16]}}))
    with torch.no_grad():
        model.encoder[-2].bias[:3] = -1e3
    images = torch.randint(0, 256, (100, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.encoder[-2].bias[3:] = 1e3  # far from where ReLU cuts off
    assert training.live_units(model, models.encode(model, images)) == 5
