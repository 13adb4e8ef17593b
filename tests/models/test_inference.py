"""Inference over whole sets of images, and active latent dimensions."""

import pytest
import torch
from committed import VARIANTS
from shapes import IMAGE
from torch import Tensor

from hourglass import models
from hourglass.images import to_float
from hourglass.models import Model
from hourglass.models.inference import BATCH
from hourglass.models.spec import NetworkSpec


def _model(**settings: object) -> Model:
    return models.build(NetworkSpec.model_validate({"latent": 4, "encoder": {}} | settings), IMAGE)


def _images(count: int, seed: int = 0) -> Tensor:
    return torch.randint(0, 256, (count, *IMAGE), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("count", [1, BATCH, 2 * BATCH + 1])
def test_batches_give_the_results_of_the_whole_set(count: int) -> None:
    model, inputs, targets = _model(output="tanh"), _images(count), _images(count, seed=1)
    images, codes = models.reconstruct(model, inputs), models.encode(model, inputs)
    assert (images.shape, codes.shape) == ((count, 1, 28, 28), (count, 4))
    torch.testing.assert_close(images, model(to_float(inputs)))
    torch.testing.assert_close(codes, model.encode(to_float(inputs)))
    torch.testing.assert_close(models.decode(model, codes), images)
    expected = (images - to_float(targets)).double().square().mean().item()
    assert models.mean_squared_error(model, inputs, targets) == pytest.approx(expected, rel=1e-6)
    assert not images.requires_grad


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (_images(2), r"images are torch\.uint8 of shape 2×1×28×28; must be float"),
        (to_float(_images(2)).squeeze(1), r"images are torch\.float32 of shape 2×28×28; must be .* B×1×28×28"),
        (255 * torch.ones(1, 1, 28, 28), r"pixels range from 255 to 255; must be in \[0, 1\]"),
        (torch.full((1, 1, 28, 28), torch.nan), r"pixels range from nan to nan"),
    ],
)
@pytest.mark.parametrize("variant", ["strided", "vae", "pca"])
def test_models_refuse_images_of_another_form(
    monkeypatch: pytest.MonkeyPatch, variant: str, images: Tensor, message: str
) -> None:
    monkeypatch.undo()  # the checks of tests/shapes.py, which refuse these images first
    model = models.build(VARIANTS[variant].network, IMAGE).eval()
    for apply in (model, model.encode):
        with pytest.raises(ValueError, match=message):
            apply(images)
    with pytest.raises(ValueError, match=r"images are torch\.float32; must be torch\.uint8"):
        models.encode(model, to_float(_images(2)))


def _codes(*deviations: float) -> Tensor:
    """Return codes (1000, K) with these standard deviations around a mean of 3."""
    noise = torch.randn(1000, len(deviations), generator=torch.Generator().manual_seed(0))
    return 3 + torch.tensor(deviations) * (noise - noise.mean(dim=0)) / noise.std(dim=0)


def test_constant_dimensions_are_not_active() -> None:
    assert models.active_units(_model(), _codes(1.0, 0.0, 0.01, 1e-4)) == 2
    assert models.active_units(_model(), torch.full((10, 4), 7.5)) == 0
    # of a VAE, above a variance of one hundredth
    assert models.active_units(_model(code="gaussian"), _codes(1.0, 0.11, 0.09, 0.01)) == 2
