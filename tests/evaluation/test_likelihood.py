"""The estimated likelihood against a model whose likelihood is known, and against another order of computation."""

import math

import pytest
import torch
from shapes import IMAGE
from torch.distributions import Bernoulli, Normal

from hourglass import models
from hourglass.evaluation import likelihood, negative_log_likelihood
from hourglass.models import VariationalAutoencoder
from hourglass.models.spec import NetworkSpec

IMAGES = torch.randint(256, (7, *IMAGE), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
BLACK_AND_WHITE = (IMAGES > 127).to(torch.uint8) * 255


def network(latent: int = 1) -> VariationalAutoencoder:
    settings = {"latent": latent, "code": "gaussian", "encoder": {"dense": [16]}}
    model = models.build(NetworkSpec.model_validate(settings), IMAGE, seed=1).eval()
    assert isinstance(model, VariationalAutoencoder)
    return model


def test_a_decoder_that_ignores_the_code_has_a_known_likelihood() -> None:
    model = network()
    with torch.no_grad():
        model.decoder[-2].weight.zero_()  # type: ignore[operator,union-attr]
        model.decoder[-2].bias.fill_(math.log(3))  # type: ignore[operator,union-attr]
    expected = -Bernoulli(0.75).log_prob(BLACK_AND_WHITE / 255).flatten(1).sum(dim=1).mean().item()
    # the density ratio of code and encoder has the mean 1, so its average over samples is close to 1
    assert negative_log_likelihood(model, BLACK_AND_WHITE, 20_000, 0) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("decoded", [700, 20_000])  # a part of the samples at once, or several images
def test_one_latent_dimension_can_be_integrated(decoded: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likelihood, "DECODED", decoded)
    model = network()
    grid = torch.linspace(-8, 8, 4001)
    pixels = model.decode(grid[:, None]).flatten(1)
    total = 0.0
    for image in BLACK_AND_WHITE / 255:
        logs = Bernoulli(pixels, validate_args=False).log_prob(image.flatten()).sum(dim=1) + Normal(0.0, 1.0).log_prob(
            grid
        )
        total -= (logs.double().logsumexp(dim=0) + math.log(16 / 4000)).item() / len(BLACK_AND_WHITE)
    assert negative_log_likelihood(model, BLACK_AND_WHITE, 5000, 0) == pytest.approx(total, abs=0.05)


def test_grey_pixels_are_binarised_once() -> None:
    model = network()
    first, second = (negative_log_likelihood(model, IMAGES, 50, seed) for seed in (0, 0))
    assert first == second
    assert negative_log_likelihood(model, IMAGES, 50, 1) != first


def test_codes_without_spread_have_a_finite_likelihood() -> None:
    model = network(3)
    with torch.no_grad():
        model.encoder[-2].bias[3:] = -200.0  # type: ignore[operator,union-attr]
    assert math.isfinite(negative_log_likelihood(model, IMAGES, 5, 0))
