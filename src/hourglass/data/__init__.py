"""Data sets: where they come from, how they lie on disk, how they are corrupted."""

from hourglass.data.corruption import Corruption
from hourglass.data.corruptions import CORRUPTIONS, TESTED
from hourglass.data.datasets import DATASETS
from hourglass.data.images import Images, as_input, as_stored, mean_pixel
from hourglass.data.inputs import Inputs

__all__ = ["CORRUPTIONS", "DATASETS", "TESTED", "Corruption", "Images", "Inputs", "as_input", "as_stored", "mean_pixel"]
