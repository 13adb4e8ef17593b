"""Gaussian noise."""

from hourglass.corruptions.base import SIGMA, CorruptionKind, noisy

CORRUPTION = CorruptionKind("Gaussian noise", noisy, {"sigma": SIGMA})
