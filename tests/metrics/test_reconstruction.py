"""Reconstruction metrics of images with known errors."""

import math

import pytest
import torch
from shapes import IMAGE
from torch import Tensor

from hourglass.images import Images, to_float
from hourglass.metrics import Reconstructions, image_errors, psnr_from_mse
from hourglass.metrics.reconstruction import ssim, total_variation, wrong_class_during_training


def view(images: Tensor, targets: Tensor) -> Reconstructions:
    labels = torch.zeros(len(images)).byte()
    return Reconstructions(images, Images(targets, labels, "", ()), labels, labels)


def structural_similarity(images: Tensor, targets: Tensor) -> float:
    return ssim(view(images, targets))


def grey(value: int, count: int = 2) -> Tensor:
    return torch.full((count, *IMAGE), value, dtype=torch.uint8)


@pytest.mark.parametrize(("mse", "decibels"), [(0.1, 10.0), (0.25, 6.0206), (0.0, math.inf)])
def test_psnr_of_known_errors(mse: float, decibels: float) -> None:
    assert psnr_from_mse(mse) == pytest.approx(decibels, abs=1e-4)


def test_errors_are_on_the_unit_range() -> None:
    errors = image_errors(torch.cat([grey(0, 1), grey(255, 1), grey(51, 1001)]), grey(0, 1003))  # several batches
    assert errors.tolist() == pytest.approx([0, 1, *[0.04] * 1001])
    assert image_errors(torch.full((2, *IMAGE), 0.5), grey(255)).tolist() == pytest.approx([0.25, 0.25])


def test_ssim_of_equal_constant_and_shuffled_images(digits: Images) -> None:
    images = digits.images[:200]
    assert structural_similarity(images, images) == pytest.approx(1, abs=1e-6)
    # of two constants only the luminance term differs from 1: (2ab + c) / (a² + b² + c) with c = 0.01²
    a, b = 51 / 255, 102 / 255
    expected = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    assert structural_similarity(grey(51), grey(102)) == pytest.approx(expected, abs=1e-4)
    shuffled = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))]
    blurred = torch.nn.functional.avg_pool2d(to_float(images), 3, stride=1, padding=1)
    assert structural_similarity(shuffled, images) < structural_similarity(blurred, images) < 1


def test_total_variation_is_relative_to_the_originals() -> None:
    half = torch.zeros(3, 1, 4, 6, dtype=torch.uint8)
    half[..., 3:] = 200  # one edge per row
    assert total_variation(view(half, half)) == pytest.approx(1)
    assert total_variation(view(half // 2, half)) == pytest.approx(0.5)
    assert total_variation(view(torch.full_like(half, 9), half)) == 0
    rows = half.clone()
    rows[:, :, 2:] = 0  # half of the edge, and one below it of three pixels
    assert total_variation(view(rows, half)) == pytest.approx((2 + 3) / 4)


def test_ssim_of_colour_images_is_the_mean_over_channels(digits: Images) -> None:
    images = digits.images[:60].view(20, 3, 28, 28)
    blurred = torch.nn.functional.avg_pool2d(to_float(images), 3, stride=1, padding=1)
    channels = [structural_similarity(blurred[:, [channel]], images[:, [channel]]) for channel in range(3)]
    assert len(set(channels)) == 3
    assert structural_similarity(blurred, images) == pytest.approx(sum(channels) / 3, abs=1e-6)


def test_wrong_classes_are_counted_from_epoch_ten_on() -> None:
    predictions = torch.tensor([[4, 5]] * 9 + [[1, 2]] * 11)
    predictions[-1], predictions[-2, 0] = 7, 7
    assert wrong_class_during_training(predictions, torch.tensor([1, 2])) == pytest.approx(3 / 22)
    short = torch.tensor([[4, 4, 4, 4], [4, 2, 3, 4]])  # of which the last epoch counts
    assert wrong_class_during_training(short, torch.tensor([1, 2, 3, 4])) == 0.25
