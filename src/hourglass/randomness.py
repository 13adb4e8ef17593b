"""Random number generators derived from a seed and names. Different names give independent streams."""

import hashlib

import torch


def derive(seed: int, *names: object) -> int:
    """Derive a 63-bit seed for the random stream identified by `seed` and `names`."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *names: object, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a new generator for the random stream identified by `seed` and `names`.

    Example:
        >>> noise = generator(0, "inputs", "test", "gaussian")
    """
    return torch.Generator(device).manual_seed(derive(seed, *names))
