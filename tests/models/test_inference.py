"""What a model does to a whole set is what it does to the images; how many of its code numbers are live."""

import pytest
import torch
from torch import Tensor

from hourglass import models
from hourglass.images import to_float
from hourglass.models import Model
from hourglass.models.inference import BATCH
from hourglass.models.spec import NetworkSpec


def _model() -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 3, "output": "tanh", "encoder": {"dense": [5]}}))


def _four(code: str = "none") -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 4, "code": code, "encoder": {}}))


def _images(count: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=draw)


@pytest.mark.parametrize("count", [1, BATCH, 2 * BATCH + 1])
def test_sets_of_any_size_are_taken_in_batches(count: int) -> None:
    model, inputs, targets = _model(), _images(count), _images(count, 1)
    images, codes = models.reconstruct(model, inputs), models.encode(model, inputs)
    assert (images.shape, codes.shape) == ((count, 1, 28, 28), (count, 3))
    assert torch.allclose(images, model(to_float(inputs)), atol=1e-6)
    assert torch.allclose(codes, model.encode(to_float(inputs)), atol=1e-6)
    expected = (images - to_float(targets)).double().square().mean().item()
    assert models.mean_squared_error(model, inputs, targets) == pytest.approx(expected, rel=1e-6)
    assert torch.allclose(models.decode(model, codes), images, atol=1e-6)
    assert not images.requires_grad


def _codes(*spreads: float) -> Tensor:
    """Codes (1000, K) whose numbers have these standard deviations, around means far from 0."""
    noise = torch.randn(1000, len(spreads), generator=torch.Generator().manual_seed(0))
    return 3 + torch.tensor(spreads) * (noise - noise.mean(dim=0)) / noise.std(dim=0)


def test_units_that_do_not_change_are_not_live() -> None:
    assert models.active_units(_four(), _codes(1.0, 0.0, 0.01, 1e-4)) == 2
    assert models.active_units(_four(), torch.zeros(10, 4)) == 0
    assert models.active_units(_four(), torch.full((10, 4), 7.5)) == 0


def test_a_variational_unit_is_live_from_a_variance_of_a_hundredth() -> None:
    assert models.active_units(_four("gaussian"), _codes(1.0, 0.11, 0.09, 0.01)) == 2


def test_a_network_with_dead_code_units_is_counted() -> None:
    model = models.build(NetworkSpec.model_validate({"latent": 8, "code": "relu", "encoder": {"dense": [16]}}))
    with torch.no_grad():
        model.encoder[-2].bias[:3] = -1e3
    images = torch.randint(0, 256, (100, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.encoder[-2].bias[3:] = 1e3  # far from where ReLU cuts off
    assert models.active_units(model, models.encode(model, images)) == 5
