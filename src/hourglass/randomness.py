"""Random generators derived from the seed and a name, so that each consumer has an independent stream."""

import hashlib

import torch


def derive(seed: int, *names: object) -> int:
    """Return a 63-bit seed for a named purpose."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *names: object, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a new generator for a named purpose.

    Example:
        >>> noise = generator(0, "inputs", "test", "gaussian")
    """
    return torch.Generator(device).manual_seed(derive(seed, *names))
