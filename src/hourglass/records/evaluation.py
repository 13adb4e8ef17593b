"""Results of the stages classifier, baselines, evaluate and compare on the test set."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float32, Float64, Int64, UInt8
from torch import Tensor

from hourglass.records.base import Metrics, Part, Record, TensorRecord


class ClassifierSummary(Record):
    """Cross entropy of the last training epoch, nats per image, and accuracy on the test images."""

    stage = "classifier"
    train_loss: float
    accuracy: float


class CorruptedBaselines(Part):
    """Reconstruction metrics of baselines under one corruption.

    Attributes:
        input: the corrupted test images themselves.
        linear_filter: the best affine map from corrupted to clean images.
        linear_filter_clipped: its outputs clipped to [0, 1].
        reduced_rank: the best affine map through a code, by latent dimension.
    """

    input: Metrics
    linear_filter: Metrics
    linear_filter_clipped: Metrics
    reduced_rank: dict[str, Metrics]


class PcaBaseline(Part):
    """Metrics of PCA's reconstructions of clean test images, with and without clipping to [0, 1], and by corruption."""

    clean: Metrics
    clipped: Metrics
    corrupted: dict[str, Metrics]


class Baselines(Record):
    """Reconstruction metrics of baselines that need no autoencoder.

    Attributes:
        mean_image: `mse` and `psnr` of the mean training image.
        originals: `label_accuracy` of the clean test images themselves.
        corrupted: baselines by corruption.
        pca: PCA by latent dimension.
    """

    stage = "baselines"
    mean_image: Metrics
    originals: Metrics
    corrupted: dict[str, CorruptedBaselines]
    pca: dict[str, PcaBaseline]


class DuringTraining(Part):
    """Classifier predictions on reconstructions of the first test images during training.

    Attributes:
        wrong_class: share of wrong classes over the counted epochs.
        first_epoch: first counted epoch: 10, or the last epoch of a shorter run.
        at_mean_image: number of all epochs with errors close to that of the mean training image.
        first_image_wrong: number of counted epochs with a wrong class for the first test image.
    """

    wrong_class: float
    first_epoch: int
    epochs: int
    at_mean_image: int
    first_image_wrong: int


class Evaluation(Record):
    """Results of one trained variant on the test set.

    Attributes:
        metrics: metrics by the keys of `hourglass.metrics`.
        class_mse: test MSE by class name.
        dimension_metrics: metrics of every latent dimension by name, such as `kl` of a variational autoencoder.
        corruption: training corruption, on which the in-domain metrics are computed.
        collapsed: whether the model is hardly better than the mean image.
    """

    stage = "evaluate@"
    model_sha256: str
    metrics: Metrics
    class_mse: dict[str, float]
    during_training: DuringTraining
    dimension_metrics: dict[str, tuple[float, ...]] | None = None
    corruption: str
    collapsed: bool


@dataclass(frozen=True)
class EvaluationImages(TensorRecord):
    """Reconstructions and per-image results of one variant on the test set.

    Attributes:
        errors: mean squared error of every clean test image.
        best: indices of the images with the smallest errors, the smallest first.
        worst: indices of the images with the largest errors, the largest first.
        best_images: reconstructions of the images in `best`; likewise `worst_images`.
        examples: indices of the first test images of every class, equally many per class.
        reconstructions: reconstructions of the examples under each tested corruption, `none` first.
        example_errors: mean squared error of each of these reconstructions, compared with the clean image.
        predictions: class of each reconstruction in `data/snapshots`, after each epoch, according to the classifier.
        confusion: counts of in-domain reconstructions by true class (row) and predicted class (column).
        per_image: per-image values by metric key; the metric is their mean or an increasing function of it.
    """

    stage = "evaluate@"
    errors: Float64[Tensor, "images"]
    best: Int64[Tensor, "extremes"]
    worst: Int64[Tensor, "extremes"]
    best_images: UInt8[Tensor, "extremes 28 28"]
    worst_images: UInt8[Tensor, "extremes 28 28"]
    examples: Int64[Tensor, "examples"]
    reconstructions: UInt8[Tensor, "corruptions examples 28 28"]
    example_errors: Float32[Tensor, "corruptions examples"]
    predictions: UInt8[Tensor, "epochs snapshots"]
    confusion: Int64[Tensor, "classes classes"]
    per_image: Mapping[str, Float32[Tensor, "images"]]


class ComparisonSummary(Record):
    """Settings, metrics and results of the comparison of all variants.

    Attributes:
        run: short description of the settings, such as `mnist latent=2`.
        strengths: strengths of the corruptions by key.
        variants: row of metrics of each variant by the keys of `hourglass.metrics.METRICS`, and `collapsed`.
        results: sentences about the comparison.
    """

    stage = "compare"
    dataset: str
    run: str
    strengths: dict[str, int | float]
    variants: dict[str, dict[str, bool | int | float]]
    results: tuple[str, ...]
