"""Did the training learn anything, or did it collapse to the mean image?"""

from torch import Tensor

NEAR_MEAN_IMAGE = 0.9  # a collapse: test MSE within 10 % of what predicting the mean image costs
PART = 1000  # images


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
