"""Test the Fréchet distance where it is known."""

import pytest
import torch
from torch import Tensor, nn

from hourglass import classifier
from hourglass.images import Images, to_float
from hourglass.latent.frechet import FrechetDistance
from hourglass.randomness import generator

COUNT = 10_000


class PixelFeatures(classifier.Classifier):
    """A classifier whose features are the first 128 pixels of the image."""

    def __init__(self) -> None:
        """Replace the layers."""
        super().__init__()
        flat = nn.Sequential(nn.Flatten(), nn.Linear(784, 128, bias=False))
        with torch.no_grad():
            flat[1].weight.copy_(torch.eye(128, 784))
        self.features = flat


def images(mean: float, deviations: tuple[float, float], name: str) -> Tensor:
    """Return black images (COUNT, 1, 28, 28) whose first two pixels are normal and independent."""
    pixels = torch.zeros(COUNT, 784)
    pixels[:, :2] = mean + torch.tensor(deviations) * torch.randn(COUNT, 2, generator=generator(0, name))
    return pixels.reshape(COUNT, 1, 28, 28)


def test_distance_of_normal_features_is_the_closed_form() -> None:
    """It is |m1 - m2|² + Σ (s1 - s2)² for independent features (Dowson & Landau 1982)."""
    real = images(0.5, (0.02, 0.05), "real")
    frechet = FrechetDistance(PixelFeatures(), (real * 255).round().byte().squeeze(1))
    assert frechet(images(0.4, (0.06, 0.05), "other")) == pytest.approx(2 * 0.1**2 + 0.04**2, rel=0.05)


def test_images_are_at_distance_0_from_themselves(digits: Images) -> None:
    frechet = FrechetDistance(classifier.build(0).eval(), digits.images[:400])
    scale = frechet(torch.zeros(50, 1, 28, 28))
    assert scale > 0
    for same in (digits.images[:400], to_float(digits.images[:400])):
        assert frechet(same) == pytest.approx(0, abs=1e-4 * scale)


def test_distances_do_not_depend_on_earlier_ones_or_on_pixels_outside_the_range(digits: Images) -> None:
    frechet, state = FrechetDistance(classifier.build(0).eval(), digits.images[:200]), torch.get_rng_state()
    first = frechet(digits.images[200:400])
    stretched = 3 * to_float(digits.images[200:300]) - 1
    assert frechet(stretched) == frechet(stretched.clamp(0, 1))
    assert frechet(digits.images[200:400]) == first
    assert torch.equal(state, torch.get_rng_state())
