"""What the test set says of a variant, and of the yardsticks beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float32, Float64, Int64, UInt8
from torch import Tensor

from hourglass.records.base import Part, Record, TensorRecord

Scores = dict[str, float]
"""Figures of images against what they should show, by the keys of `evaluation.scores`."""


class ClassifierSummary(Record):
    """train_loss: nats per image in the last epoch. accuracy: on the test images."""

    stage = "classifier"
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
    """The yardsticks. mean_image: mse and psnr. originals: label_accuracy. pca: by code size, written as a number."""

    stage = "baselines"
    mean_image: Scores
    originals: Scores
    corrupted: dict[str, Corrupted]
    pca: dict[str, PcaScores]


class CodeScores(Part):
    """What the codes of some images keep.

    free: of the `size` numbers, those that do not follow from the others. participation_ratio, silhouette: of all test
    codes. by_number: what only codes of this kind have, by name: a figure for `number_1` and each other number of the
    code.
    """

    size: int
    free: int
    active_units: int
    participation_ratio: float
    knn: float
    leave_one_out_knn: float
    linear_probe: float
    silhouette: float
    by_number: dict[str, dict[str, float]] | None = None


class OwnInput(Part):
    """Figures for the input that a variant is trained on; where that is clean, those of clean images once more.

    scores: of what it makes of its own test input. code: of the codes of its own training and test input.
    """

    corruption: str
    scores: Scores
    code: CodeScores


class ThroughTraining(Part):
    """What the classifier saw in reconstructions of the first test images while the variant was trained.

    wrong_class: the share that shows another class than the original, over the epochs counted: `epochs` of them, from
    `first_epoch` on, which is 10, or the last one of a shorter training. first_image_wrong: in how many of these the
    first test image shows another class. at_mean_image: after how many of all epochs the reconstructions were hardly
    better than the mean training image.
    """

    wrong_class: float
    first_epoch: int
    epochs: int
    at_mean_image: int
    first_image_wrong: int


class Cost(Part):
    """Parameters, and multiply-adds for one image."""

    parameters: int
    encoder_multiply_adds: int
    decoder_multiply_adds: int


class Evaluation(Record):
    """One variant on the test set. restored: by corruption. class_mse: by class. model_sha256: of the model's file.

    code: of clean images.
    """

    stage = "evaluate@"
    headlines = ("clean.mse", "restored.gaussian.psnr", "code.knn")
    model_sha256: str
    clean: Scores
    restored: dict[str, Scores]
    class_mse: dict[str, float]
    through_training: ThroughTraining
    code: CodeScores
    own: OwnInput
    cost: Cost
    collapsed: bool


@dataclass(frozen=True)
class EvaluationImages(TensorRecord):
    """What a variant made of test images.

    errors: mean squared error of every test image, clean. best, worst: indices of the images with the smallest and the
    largest, the extreme one first; best_images, worst_images: their reconstructions. samples: indices of the first test
    images of every class, class by class, as many of each. reconstructions: of these under each corruption, in the
    order of TESTED, `none` first; sample_errors: their mean squared errors against the clean images. verdicts: the
    class that the classifier gives to what became of each of the first test images after every epoch. confusion: of how many
    test images of the row's class it sees the column's in what the variant makes of its own input. per_image: of every
    test image that of which a metric, by its key, is the mean, or with the mean of which it grows.
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
    verdicts: UInt8[Tensor, "epochs kept"]
    confusion: Int64[Tensor, "classes classes"]
    per_image: Mapping[str, Float32[Tensor, "images"]]
