"""Data sets: where they come from and how they lie on disk."""

from hourglass.datasets.registry import DATASETS

__all__ = ["DATASETS"]
