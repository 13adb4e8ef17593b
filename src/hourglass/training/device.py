"""Which device to train on."""

import torch

from hourglass.errors import UserError


def choose(name: str) -> torch.device:
    """The device that `runtime.device` asks for: `auto` takes a GPU where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("runtime.device is cuda, but torch finds no CUDA GPU here; set it to auto or cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
