"""Generators made from the seed and a name: what one part draws never depends on what another drew."""

import hashlib

import torch


def derive(seed: int, *names: object) -> int:
    """A 63-bit seed for the thing so named."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *names: object, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh generator for the thing so named, e.g. `generator(0, "linear", "shuffling")`."""
    return torch.Generator(device).manual_seed(derive(seed, *names))
