"""Data sets: where they come from, how they lie on disk, how they are corrupted."""

from hourglass.corruptions import CORRUPTIONS, TESTED
from hourglass.corruptions.corrupted_images import Inputs
from hourglass.corruptions.corruption import Corruption
from hourglass.datasets.registry import DATASETS
from hourglass.images import Images, mean_pixel, to_float, to_uint8

__all__ = ["CORRUPTIONS", "DATASETS", "TESTED", "Corruption", "Images", "Inputs", "to_float", "to_uint8", "mean_pixel"]
