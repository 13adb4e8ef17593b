"""Data sets: download, verification and preparation."""

from hourglass.datasets.registry import DATASETS

__all__ = ["DATASETS"]
