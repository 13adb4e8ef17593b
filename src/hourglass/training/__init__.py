"""The training loop and what is measured with a trained model, image by image."""

from hourglass.training.device import choose
from hourglass.training.health import collapsed, live_units, mean_image_mse
from hourglass.training.loop import EpochRecord, TrainingData, run
from hourglass.training.measure import decode, encode, mean_squared_error, reconstruct

__all__ = [
    "EpochRecord",
    "TrainingData",
    "choose",
    "collapsed",
    "decode",
    "encode",
    "live_units",
    "mean_image_mse",
    "mean_squared_error",
    "reconstruct",
    "run",
]
