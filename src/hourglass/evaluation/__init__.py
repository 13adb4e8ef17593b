"""Reconstruction, denoising and code metrics of a model, and of the yardsticks beside it."""

from hourglass.evaluation.baselines import filtered, fitted_pcas, linear_filter
from hourglass.evaluation.codes import class_accuracy, kl_per_number, participation_ratio
from hourglass.evaluation.learning import Progress, through_training, wrong_class
from hourglass.evaluation.scores import class_errors, image_errors, psnr, scores, ssim

__all__ = [
    "Progress",
    "class_accuracy",
    "class_errors",
    "filtered",
    "fitted_pcas",
    "image_errors",
    "kl_per_number",
    "linear_filter",
    "participation_ratio",
    "psnr",
    "scores",
    "ssim",
    "through_training",
    "wrong_class",
]
