"""Errors of images against what they should show, on [0, 1]."""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from hourglass.data import Images, as_input
from hourglass.judge import Judge
from hourglass.spec import SIDE

BATCH = 250  # what is worked out of so many images stays in a core's cache
WINDOW, DEVIATION = 11, 1.5  # pixels, of SSIM's Gaussian window
LUMINANCE, CONTRAST = 0.01**2, 0.03**2  # SSIM's constants for pixels in [0, 1]


def psnr(mse: float) -> float:
    """Peak signal-to-noise ratio in dB of images in [0, 1] whose mean squared error per pixel is `mse`.

    Infinite where mse is 0. Taken of the error pooled over a whole set, not averaged over its images' own ratios.
    """
    return -10 * math.log10(mse) if mse > 0 else math.inf


def image_errors(images: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error per pixel, float64 (N,), of every image.

    images: float32 (N, 1, 28, 28) or uint8 (N, 28, 28). targets: uint8 (N, 28, 28).
    """
    parts = zip(images.split(BATCH), targets.split(BATCH), strict=True)
    squares = ((_pixels(part) - as_input(target)).double().square() for part, target in parts)
    return torch.cat([square.flatten(1).mean(dim=1) for square in squares])


def ssim(images: Tensor, targets: Tensor) -> float:
    """Structural similarity (Wang et al. 2004), mean over images: 1 where they are equal.

    images: float32 (N, 1, 28, 28) or uint8 (N, 28, 28). targets: uint8 (N, 28, 28). The window is Gaussian, 11 pixels
    wide, σ 1.5; images are mirrored at their edges. As torchmetrics has it, whose import alone takes ten times as long.
    """
    total = 0.0
    for part, target in zip(images.split(BATCH), targets.split(BATCH), strict=True):
        x, y = _pixels(part), as_input(target)
        mean_x, mean_y, square_x, square_y, product = _windowed(torch.stack([x, y, x * x, y * y, x * y]))
        means = mean_x * mean_y
        squares = mean_x.square() + mean_y.square()
        # rounding can leave the variances of even surfaces a little below 0
        variances = (square_x - mean_x.square()).clamp(min=0) + (square_y - mean_y.square()).clamp(min=0)
        similar = (2 * means + LUMINANCE) / (squares + LUMINANCE)
        similar *= (2 * (product - means) + CONTRAST) / (variances + CONTRAST)
        total += similar.sum(dtype=torch.float64).item()
    return total / targets.numel()


def _windowed(images: Tensor) -> Tensor:
    """The mean around every pixel of images (…, 28, 28), weighted by the Gaussian window, rows and columns swapped."""
    weights = _window()
    return (images @ weights).transpose(-1, -2) @ weights


@cache
def _window() -> Tensor:
    """The window along one axis, as a matrix (28, 28): a column for each pixel it is laid around."""
    # rounded at the end: weights that sum to 1 less a ten-millionth shift every variance, and SSIM in the sixth digit
    distances = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    gaussian = (-0.5 * (distances / DEVIATION).square()).exp()
    mirrored = F.pad(torch.eye(SIDE, dtype=torch.float64)[None], (WINDOW // 2, WINDOW // 2), mode="reflect")[0]
    return (mirrored.unfold(1, WINDOW, 1) @ (gaussian / gaussian.sum())).float()


def scores(images: Tensor, originals: Images, judge: Judge) -> dict[str, float]:
    """How close images come to the originals: {"mse", "psnr", "ssim", "class_kept"}.

    images: float32 (N, 1, 28, 28) or uint8 (N, 28, 28), in the originals' order. class_kept: the share that the judge
    takes for the original's class.
    """
    mse = image_errors(images, originals.images).mean().item()
    return {
        "mse": mse,
        "psnr": psnr(mse),
        "ssim": ssim(images, originals.images),
        "class_kept": judge.kept(images, originals.labels),
    }


def class_errors(errors: Tensor, originals: Images) -> dict[str, float]:
    """Mean of the images' errors (N,) in each class, by class name."""
    return {name: errors[originals.labels == label].mean().item() for label, name in enumerate(originals.classes)}


def _pixels(images: Tensor) -> Tensor:
    return images if images.is_floating_point() else as_input(images)
