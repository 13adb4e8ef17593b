"""Errors on known images."""

import math

import pytest
import torch

from hourglass import evaluation, models
from hourglass.spec import PcaSpec


def _grey(value: int, count: int = 2) -> torch.Tensor:
    return torch.full((count, 28, 28), value, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("mse", "decibels"), [(1.0, 0.0), (0.1, 10.0), (0.01, 20.0), (1e-4, 40.0), (0.25, 6.0206), (1 / 255**2, 48.1308)]
)
def test_psnr_of_known_errors(mse: float, decibels: float) -> None:
    assert evaluation.psnr(mse) == pytest.approx(decibels, abs=1e-4)
    assert evaluation.error(mse) == {"mse": mse, "psnr": evaluation.psnr(mse)}


def test_psnr_without_an_error_is_infinite() -> None:
    assert evaluation.psnr(0.0) == math.inf


def test_the_error_of_images_is_on_the_unit_range() -> None:
    assert evaluation.image_error(_grey(0), _grey(255)) == pytest.approx({"mse": 1.0, "psnr": 0.0})
    assert evaluation.image_error(_grey(0), _grey(51))["mse"] == pytest.approx(0.04)
    assert evaluation.image_error(_grey(7), _grey(7)) == {"mse": 0.0, "psnr": math.inf}
    half = torch.full((2, 1, 28, 28), 0.5)
    assert evaluation.image_error(half, _grey(255))["mse"] == pytest.approx(0.25)


def test_the_psnr_is_of_the_pooled_error() -> None:
    images = torch.cat([_grey(0, 1), _grey(255, 1)])
    assert evaluation.image_error(images, _grey(255, 2))["psnr"] == pytest.approx(-10 * math.log10(0.5))


def test_a_models_error_is_against_the_targets() -> None:
    model = models.build(PcaSpec(kind="pca", latent=1))  # not fitted: it answers black
    assert evaluation.model_error(model, _grey(200), _grey(51)) == pytest.approx(evaluation.error(0.04), rel=1e-5)
