"""Functions that apply a model to a whole set of images, in batches and without gradients."""

from collections.abc import Iterator

import torch
from torch import Tensor

from hourglass.files import join
from hourglass.images import to_float
from hourglass.models.base import Model

BATCH = 1000


def device_of(model: Model) -> torch.device:
    """Return the device of a model's weights."""
    return next(iter(model.state_dict().values())).device


def batches(images: Tensor, device: torch.device) -> Iterator[Tensor]:
    """Split uint8 images (N, C, H, W) into float32 batches (B, C, H, W) in [0, 1] on `device`."""
    if images.dtype != torch.uint8:
        raise ValueError(f"images are {images.dtype}; must be torch.uint8, from 0 to 255")
    for part in images.split(BATCH):
        yield to_float(part.to(device))


@torch.inference_mode()
def reconstruct(model: Model, images: Tensor) -> Tensor:
    """Reconstruct uint8 images (N, C, H, W), and return the reconstructions as float32 (N, C, H, W) on the CPU."""
    return join(map(model, batches(images, device_of(model))), len(images))


@torch.inference_mode()
def encode(model: Model, images: Tensor) -> Tensor:
    """Encode uint8 images (N, C, H, W), and return the codes as float32 (N, K) on the CPU."""
    return join(map(model.encode, batches(images, device_of(model))), len(images))


@torch.inference_mode()
def decode(model: Model, codes: Tensor) -> Tensor:
    """Decode codes (N, K), and return the images as float32 (N, C, H, W) on the CPU."""
    device = device_of(model)
    return join((model.decode(part.to(device)) for part in codes.split(BATCH)), len(codes))


@torch.inference_mode()
def mean_squared_error(model: Model, inputs: Tensor, targets: Tensor) -> float:
    """Return the mean squared error per pixel between the targets and the reconstructions of the inputs.

    Inputs and targets are uint8 images (N, C, H, W), which are scaled to [0, 1] before the error is computed.
    """
    device = device_of(model)
    total = torch.zeros((), dtype=torch.float64, device=device)
    for batch, target in zip(batches(inputs, device), batches(targets, device), strict=True):
        total += (model(batch) - target).square().sum(dtype=torch.float64)
    return total.item() / targets.numel()


def active_units(model: Model, codes: Tensor) -> int:
    """Return the number of latent dimensions whose standard deviation over codes (N, K) exceeds `model.active_sd`."""
    return int((codes.double().std(dim=0) > model.active_sd).sum())
