"""The training loop, and what one variant's training leaves behind."""

from hourglass.training.collapse import collapsed, mean_image_mse
from hourglass.training.device import choose
from hourglass.training.loop import EpochRecord, TrainingData, run
from hourglass.training.recorder import Course, in_words, training_data

__all__ = [
    "Course",
    "EpochRecord",
    "TrainingData",
    "choose",
    "collapsed",
    "in_words",
    "mean_image_mse",
    "run",
    "training_data",
]
