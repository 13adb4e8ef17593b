"""The training loop, and what one variant's training leaves behind."""

from hourglass.training.course import Course, in_words, training_data
from hourglass.training.device import choose
from hourglass.training.health import collapsed, mean_image_mse
from hourglass.training.loop import EpochRecord, TrainingData, run

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
