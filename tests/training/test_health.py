"""Collapse, on cases with known answers."""

import pytest
import torch

from hourglass import training


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
