"""Gaussian noise."""

from hourglass.data.corruptions.kind import SIGMA, CorruptionKind, noisy

CORRUPTION = CorruptionKind("Gaussian noise", noisy, {"sigma": SIGMA})
