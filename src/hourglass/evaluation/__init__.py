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
from hourglass.evaluation.data import EvaluationData
from hourglass.evaluation.examples import evaluation_images, extremes, samples, under_every_corruption
from hourglass.evaluation.measure import Measured, measure
from hourglass.evaluation.per_epoch import epoch_by_epoch, through_training, verdicts
from hourglass.evaluation.scores import SCORES, Verdicts, class_errors, confusion, image_errors, psnr, scores, ssim
from hourglass.evaluation.variant import evaluate

__all__ = [
    "SCORES",
    "LinearSums",
    "Measured",
    "EvaluationData",
    "Verdicts",
    "baselines",
    "class_accuracy",
    "class_errors",
    "confusion",
    "epoch_by_epoch",
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
    "verdicts",
]
