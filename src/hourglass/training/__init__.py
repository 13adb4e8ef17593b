"""The training loop, and whether anything was learned."""

from hourglass.training.device import choose
from hourglass.training.health import collapsed, mean_image_mse
from hourglass.training.loop import EpochRecord, TrainingData, run

__all__ = [
    "EpochRecord",
    "TrainingData",
    "choose",
    "collapsed",
    "mean_image_mse",
    "run",
]
