"""Fréchet distances with a closed form."""

import pytest
import torch
from shapes import IMAGE
from torch import Tensor, nn

from hourglass import classifier
from hourglass.images import Images, to_float, to_uint8
from hourglass.latent.context import FrechetDistance
from hourglass.randomness import generator


class FirstPixels(classifier.Classifier):
    """A classifier whose features are the first 128 pixels of an image."""

    def __init__(self) -> None:
        super().__init__(IMAGE, 10)
        linear = nn.Linear(784, 128, bias=False)
        nn.init.eye_(linear.weight)
        self.features = nn.Sequential(nn.Flatten(), linear)


def gaussian_images(mean: float, deviations: tuple[float, float], name: str) -> Tensor:
    """Return black images (10000, 1, 28, 28) whose first two pixels are normally distributed and independent."""
    images = torch.zeros(10_000, 784)
    images[:, :2] = mean + torch.tensor(deviations) * torch.randn(10_000, 2, generator=generator(0, name))
    return images.reshape(-1, 1, 28, 28)


def test_the_distance_of_normal_features_is_the_closed_form() -> None:
    """It is |m1 - m2|² + Σ (s1 - s2)² for independent features (Dowson & Landau 1982)."""
    distance = FrechetDistance(FirstPixels(), to_uint8(gaussian_images(0.5, (0.02, 0.05), "real")))
    other = gaussian_images(0.4, (0.06, 0.05), "other")
    assert distance(other) == pytest.approx(2 * 0.1**2 + 0.04**2, rel=0.05)


def test_equal_sets_have_distance_0_and_sets_do_not_affect_each_other(digits: Images) -> None:
    distance = FrechetDistance(classifier.build(IMAGE, 10, 0).eval(), digits.images[:500])
    scale = distance(torch.zeros(50, 1, 28, 28))
    assert scale > 0
    assert distance(digits.images[:500]) == pytest.approx(0, abs=1e-4 * scale)
    assert distance(to_float(digits.images[:500])) == pytest.approx(0, abs=1e-4 * scale)
    assert distance(torch.zeros(50, 1, 28, 28)) == scale
