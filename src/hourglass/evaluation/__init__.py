"""Reconstruction, denoising and code metrics of a model, and of the yardsticks beside it."""

from hourglass.evaluation.baselines import (
    LinearSums,
    baselines,
    filtered,
    fitted_pcas,
    linear_filter,
    linear_sums,
    reduced_rank,
)
from hourglass.evaluation.codes import class_accuracy, metrics_by_number, participation_ratio
from hourglass.evaluation.learning import Progress, through_training, write_progress, wrong_class
from hourglass.evaluation.measuring import Measured, measure
from hourglass.evaluation.scores import SCORES, class_errors, image_errors, psnr, scores, ssim
from hourglass.evaluation.shown import evaluation_images, extremes, samples, under_every_corruption
from hourglass.evaluation.testbed import Testbed
from hourglass.evaluation.variant import evaluate

__all__ = [
    "SCORES",
    "LinearSums",
    "Measured",
    "Progress",
    "Testbed",
    "baselines",
    "class_accuracy",
    "class_errors",
    "evaluate",
    "evaluation_images",
    "extremes",
    "filtered",
    "fitted_pcas",
    "image_errors",
    "linear_filter",
    "linear_sums",
    "measure",
    "metrics_by_number",
    "participation_ratio",
    "psnr",
    "reduced_rank",
    "samples",
    "scores",
    "ssim",
    "through_training",
    "under_every_corruption",
    "write_progress",
    "wrong_class",
]
