"""The Fréchet distance where it is known."""

import pytest
import torch
from torch import Tensor, nn

from hourglass import classifier, latent
from hourglass.images import Images, to_float
from hourglass.randomness import generator

COUNT = 10_000


class _FirstPixels(classifier.Classifier):
    """A classifier whose features are the first 128 pixels of the image."""

    def __init__(self) -> None:
        super().__init__()
        flat = nn.Sequential(nn.Flatten(), nn.Linear(784, 128, bias=False))
        with torch.no_grad():
            flat[1].weight.copy_(torch.eye(128, 784))
        self.features = flat


def _images(mean: float, deviations: tuple[float, float], name: str) -> Tensor:
    """Images (COUNT, 1, 28, 28), black but for the first two pixels, which are normal and independent."""
    images = torch.zeros(COUNT, 784)
    noise = torch.randn(COUNT, 2, generator=generator(0, name))
    images[:, :2] = mean + torch.tensor(deviations) * noise
    return images.reshape(COUNT, 1, 28, 28)


def test_the_distance_of_normal_features_is_the_closed_form() -> None:
    """|m1 - m2|² + Σ (s1 - s2)² for independent features (Dowson & Landau 1982)."""
    real = _images(0.5, (0.02, 0.05), "real")
    realism = latent.Realism(_FirstPixels(), (real * 255).round().byte().squeeze(1))
    other = _images(0.4, (0.06, 0.05), "other")
    assert realism.distance(other) == pytest.approx(2 * 0.1**2 + 0.04**2, rel=0.05)


def test_a_set_is_at_no_distance_from_itself(digits: Images) -> None:
    realism = latent.Realism(classifier.build(0).eval(), digits.images)
    scale = realism.distance(torch.zeros(50, 1, 28, 28))
    assert scale > 0
    assert realism.distance(digits.images) == pytest.approx(0, abs=1e-4 * scale)
    assert realism.distance(to_float(digits.images)) == pytest.approx(0, abs=1e-4 * scale)


def test_one_set_measured_leaves_no_trace_in_the_next(digits: Images) -> None:
    realism = latent.Realism(classifier.build(0).eval(), digits.images[:200])
    first = realism.distance(digits.images[200:400])
    realism.distance(torch.ones(100, 1, 28, 28))
    assert realism.distance(digits.images[200:400]) == first


def test_pixels_outside_the_scale_count_as_black_or_white(digits: Images) -> None:
    realism = latent.Realism(classifier.build(0).eval(), digits.images[:200])
    stretched = 3 * to_float(digits.images[200:300]) - 1
    assert realism.distance(stretched) == realism.distance(stretched.clamp(0, 1))


def test_measuring_draws_nothing_from_the_global_generator(digits: Images) -> None:
    state = torch.get_rng_state()
    latent.Realism(classifier.build(0).eval(), digits.images[:50]).distance(digits.images[:50])
    assert torch.equal(state, torch.get_rng_state())
