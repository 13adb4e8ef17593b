"""Choice of the device to train on."""

import torch

from hourglass.errors import UserError


def choose_device(name: str) -> torch.device:
    """Return the device for `runtime.device`; `auto` prefers a CUDA GPU. Raises UserError if there is no such GPU."""
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("runtime.device is cuda, but torch finds no CUDA GPU; set it to auto or cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
