"""Errors of images against what they should show, on [0, 1]."""

import math

import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from hourglass.data import Images, as_input
from hourglass.judge import Judge

BATCH = 1000


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

    images: float32 (N, 1, 28, 28) or uint8 (N, 28, 28). targets: uint8 (N, 28, 28). The window is Gaussian,
    11 pixels wide, σ 1.5.
    """
    total = 0.0
    for part, target in zip(images.split(BATCH), targets.split(BATCH), strict=True):
        # as the channels of one image: the same windows, several times as fast as one channel of many images
        pair = _pixels(part).transpose(0, 1), as_input(target).transpose(0, 1)
        found = structural_similarity_index_measure(*pair, data_range=1.0)
        assert isinstance(found, Tensor)
        total += found.item() * len(part)
    return total / len(images)


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
