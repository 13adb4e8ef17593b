"""What a model does to a whole set is what it does to the images."""

import pytest
import torch
from torch import Tensor

from hourglass import models, training
from hourglass.data import as_input
from hourglass.errors import UserError
from hourglass.models import Model
from hourglass.settings.network import NetworkSpec
from hourglass.models.inference import BATCH, mean_pixel


def _model() -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 3, "output": "tanh", "encoder": {"dense": [5]}}))


def _images(count: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=draw)


@pytest.mark.parametrize("count", [1, BATCH, 2 * BATCH + 1])
def test_sets_of_any_size_are_taken_in_batches(count: int) -> None:
    model, inputs, targets = _model(), _images(count), _images(count, 1)
    images, codes = models.reconstruct(model, inputs), models.encode(model, inputs)
    assert (images.shape, codes.shape) == ((count, 1, 28, 28), (count, 3))
    assert torch.allclose(images, model(as_input(inputs)), atol=1e-6)
    assert torch.allclose(codes, model.encode(as_input(inputs)), atol=1e-6)
    expected = (images - as_input(targets)).double().square().mean().item()
    assert models.mean_squared_error(model, inputs, targets) == pytest.approx(expected, rel=1e-6)
    assert torch.allclose(models.decode(model, codes), images, atol=1e-6)
    assert not images.requires_grad


def test_the_mean_pixel_is_exact() -> None:
    images = torch.full((50_000, 28, 28), 255, dtype=torch.uint8)
    images[:25_000] = 1  # a float32 sum would have lost count
    assert mean_pixel(images) == pytest.approx((255 + 1) / 2 / 255, rel=1e-12)


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=r"train\.device is cuda, but torch finds no CUDA GPU here; set it to auto"):
        training.choose("cuda")
    assert training.choose("auto") == training.choose("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert training.choose("auto") == torch.device("cuda")
