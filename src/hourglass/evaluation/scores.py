"""Errors of images and of reconstructions, on [0, 1]."""

import math

from torch import Tensor

from hourglass.data import as_input
from hourglass.models import Model
from hourglass.training import mean_squared_error


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB of images in [0, 1] whose mean squared error per pixel is `mse`.

    Infinite where mse is 0. Taken of the error pooled over a whole set, not averaged over its images' own ratios.
    """
    return -10 * math.log10(mse) if mse > 0 else math.inf


def error(mse: float) -> dict[str, float]:
    """An error in both units: {"mse", "psnr"}."""
    return {"mse": mse, "psnr": psnr(mse)}


def image_error(images: Tensor, targets: Tensor) -> dict[str, float]:
    """Error of images, float32 (N, 1, 28, 28) in [0, 1] or uint8 (N, 28, 28), against uint8 targets (N, 28, 28)."""
    found = images if images.is_floating_point() else as_input(images)
    return error((found - as_input(targets)).double().square().mean().item())


def model_error(model: Model, inputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Error of a model's reconstructions of inputs against targets, both uint8 (N, 28, 28)."""
    return error(mean_squared_error(model, inputs, targets))
