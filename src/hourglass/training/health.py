"""Did the training learn anything? Collapse to the mean image, and code units that never change."""

from torch import Tensor

from hourglass.models import Model, VariationalAutoencoder

NEAR_MEAN_IMAGE = 0.9  # a collapse: test MSE within 10 % of what predicting the mean image costs
PART = 1000  # images
LIVE = 1e-3  # standard deviation over images from which a code unit counts as live
LIVE_GAUSSIAN = 0.1  # the same for a VAE's means: variance 0.01, "active units" of Burda et al. 2016


def mean_image_mse(train_images: Tensor, test_images: Tensor) -> float:
    """Error on [0, 1] of answering every test image with the mean training image; both uint8 (N, 28, 28)."""
    # part by part: eight bytes a pixel of a whole set are more than all else that a stage holds
    total = sum(part.double().sum(dim=0) for part in train_images.split(PART))
    mean = total / len(train_images)
    squares = sum((part.double() - mean).square().sum() for part in test_images.split(PART))
    return float(squares / test_images.numel() / 255**2)


def collapsed(test_mse: float, mean_image: float) -> bool:
    """Whether a model does hardly better than the mean image."""
    return test_mse > NEAR_MEAN_IMAGE * mean_image


def live_units(model: Model, codes: Tensor) -> int:
    """How many of the K code units change from image to image, in codes (N, K) that the model gave."""
    threshold = LIVE_GAUSSIAN if isinstance(model, VariationalAutoencoder) else LIVE
    return int((codes.double().std(dim=0) > threshold).sum())
