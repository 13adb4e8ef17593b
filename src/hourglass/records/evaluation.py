"""What the test set says of a variant, and of the yardsticks beside it."""

from dataclasses import dataclass

from jaxtyping import Float32, Float64, Int64, UInt8
from torch import Tensor

from hourglass.records.base import Part, Record, TensorRecord

Scores = dict[str, float]
"""Figures of images against what they should show, by the keys of `evaluation.scores`."""


class JudgeSummary(Record):
    """train_loss: nats per image in the last epoch. accuracy: on the test images."""

    stage = "judge"
    train_loss: float
    accuracy: float


class Corrupted(Part):
    """Of one corruption: the corrupted test images themselves, and what the best linear maps make of them.

    linear_filter_clipped: with pixels below 0 or above 1 set to these. reduced_rank: of the best map through a code of
    so many numbers, by code size, written as a number.
    """

    input: Scores
    linear_filter: Scores
    linear_filter_clipped: Scores
    reduced_rank: dict[str, Scores]


class PcaScores(Part):
    """What PCA of one size makes of the clean test images, and of each corruption's.

    clipped: as clean, with pixels below 0 or above 1 set to these.
    """

    clean: Scores
    clipped: Scores
    restored: dict[str, Scores]


class Baselines(Record):
    """The yardsticks. mean_image: mse and psnr. originals: class_kept. pca: by code size, written as a number."""

    stage = "baselines"
    mean_image: Scores
    originals: Scores
    corrupted: dict[str, Corrupted]
    pca: dict[str, PcaScores]


class CodeScores(Part):
    """What the code of clean images keeps.

    by_number: what only codes of this kind have, by name: a figure for `number_1` and each other number of the code.
    """

    size: int
    live_units: int
    participation_ratio: float
    knn: float
    leave_one_out_knn: float
    linear_probe: float
    by_number: dict[str, dict[str, float]] | None = None


class Cost(Part):
    """Parameters, and multiply-adds for one image."""

    parameters: int
    encoder_multiply_adds: int
    decoder_multiply_adds: int


class Evaluation(Record):
    """One variant on the test set. restored: by corruption. class_mse: by class. model_sha256: of the model's file.

    wrong_class_through_training: from epoch 10 on, or after the last one of a shorter training.
    """

    stage = "evaluate@"
    model_sha256: str
    clean: Scores
    restored: dict[str, Scores]
    class_mse: dict[str, float]
    wrong_class_through_training: float
    code: CodeScores
    cost: Cost
    collapsed: bool


@dataclass(frozen=True)
class EvaluationImages(TensorRecord):
    """What a variant made of test images.

    errors: mean squared error of every test image, clean. best, worst: indices of the images with the smallest and the
    largest, the extreme one first; best_images, worst_images: their reconstructions. samples: indices of the first test
    images of every class, class by class, as many of each. reconstructions: of these under each corruption, in the
    order of TESTED, `none` first; sample_errors: their mean squared errors against the clean images.
    """

    stage = "evaluate@"
    errors: Float64[Tensor, "images"]
    best: Int64[Tensor, "shown"]
    worst: Int64[Tensor, "shown"]
    best_images: UInt8[Tensor, "shown 28 28"]
    worst_images: UInt8[Tensor, "shown 28 28"]
    samples: Int64[Tensor, "samples"]
    reconstructions: UInt8[Tensor, "corruptions samples 28 28"]
    sample_errors: Float32[Tensor, "corruptions samples"]
