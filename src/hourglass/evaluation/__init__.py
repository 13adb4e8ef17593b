"""Reconstruction and denoising errors of a model, and of the yardsticks beside it."""

from hourglass.evaluation.baselines import filtered, fitted_pca, linear_filter
from hourglass.evaluation.scores import error, image_error, model_error, psnr

__all__ = ["error", "filtered", "fitted_pca", "image_error", "linear_filter", "model_error", "psnr"]
