"""Records of the stages `classifier`, `baselines`, `evaluate` and `compare`."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float32, Float64, Int64, UInt8
from pydantic import Field
from torch import Tensor

from hourglass.records.base import Metrics, Part, Record, TensorRecord


class ClassifierSummary(Record):
    """Training results of the classifier: mean loss of the last epoch (cross entropy in nats) and test accuracy."""

    stage = "classifier"
    train_loss: float
    accuracy: float


class CorruptedBaselines(Part):
    """Reconstruction metrics of linear maps and of the unprocessed input under one corruption.

    All fields except `input` are empty for images of more than 4,096 values, to which no linear maps are fitted.

    Attributes:
        input: metrics of the corrupted test images themselves.
        linear_filter: metrics of the least-squares affine map from corrupted to clean images.
        linear_filter_clipped: metrics of the same affine map with outputs clipped to [0, 1].
        reduced_rank: metrics of reduced-rank regression, keyed by rank.
    """

    input: Metrics
    linear_filter: Metrics = Field(default_factory=dict)
    linear_filter_clipped: Metrics = Field(default_factory=dict)
    reduced_rank: dict[str, Metrics] = Field(default_factory=dict)


class PcaBaseline(Part):
    """Reconstruction metrics of PCA for clean images, with and without clipping to [0, 1], and for each corruption."""

    clean: Metrics
    clipped: Metrics
    corrupted: dict[str, Metrics]


class Baselines(Record):
    """Metrics of baselines that use no autoencoder.

    Attributes:
        mean_image: `mse` and `psnr` of the mean training image.
        originals: `label_accuracy` of the classifier on the clean test images. Empty for unlabelled images.
        corrupted: metrics of the input and of linear maps, keyed by corruption.
        pca: metrics of PCA, keyed by latent dimension.
        values: number of values in an image, C·H·W.
        pixels: metrics of raw pixels used as latent codes. Empty for large or unlabelled images.
    """

    stage = "baselines"
    mean_image: Metrics
    originals: Metrics
    corrupted: dict[str, CorruptedBaselines]
    pca: dict[str, PcaBaseline]
    values: int
    pixels: Metrics


class DuringTraining(Part):
    """Summary of the snapshots: reconstructions of the first test images after each epoch of training.

    Attributes:
        wrong_class: share of misclassified reconstructions, averaged over the last `epochs` epochs. None for unlabelled
            images.
        first_epoch: first epoch that counts for `wrong_class`: epoch 10, or the last epoch of a shorter run.
        epochs: number of epochs that count, `first_epoch` to the last.
        at_mean_image: number of epochs of the whole run after which the MSE of the reconstructions exceeds 90 % of the
            MSE of predicting the mean image.
        first_image_wrong: number of the last `epochs` epochs after which the reconstruction of the first test image is
            misclassified. None for unlabelled images.
    """

    wrong_class: float | None = None
    first_epoch: int
    epochs: int
    at_mean_image: int
    first_image_wrong: int | None = None


class Evaluation(Record):
    """Results of one trained variant on the test set.

    Attributes:
        metrics: metrics, keyed as in `hourglass.metrics`.
        class_mse: test MSE of each class, keyed by class name.
        dimension_metrics: one value per latent dimension, keyed by metric, such as `kl` for a VAE.
        corruption: name of the training corruption, which is also applied for in-domain metrics.
        collapsed: whether the test MSE exceeds 90 % of the MSE of predicting the mean image.
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
        errors: mean squared reconstruction error of each clean test image.
        outlier_errors: mean squared reconstruction error of each outlier, keyed by kind (see `metrics.OUTLIERS`).
        best: indices of the images with the smallest errors, the smallest first.
        worst: indices of the images with the largest errors, the largest first.
        best_images: reconstructions of the images in `best`.
        worst_images: reconstructions of the images in `worst`.
        examples: indices of the first test images of each class, sorted by class. All classes have the same number of
            examples, at most 10. For unlabelled images, indices of the first 20 test images.
        reconstructions: reconstructions of the examples under each tested corruption, starting with `none`.
        example_errors: mean squared errors of `reconstructions`, compared with the clean images.
        predictions: predicted classes of the snapshots (reconstructions after each epoch), with one row per epoch.
        confusion: confusion matrix (true class, predicted class) of reconstructions under the training corruption.
        per_image: per-image values, keyed by metric. Each metric is an increasing function of the mean of its values.
    """

    stage = "evaluate@"
    errors: Float64[Tensor, "images"]
    outlier_errors: Mapping[str, Float32[Tensor, "_"]]
    best: Int64[Tensor, "extremes"]
    worst: Int64[Tensor, "extremes"]
    best_images: UInt8[Tensor, "extremes channels height width"]
    worst_images: UInt8[Tensor, "extremes channels height width"]
    examples: Int64[Tensor, "examples"]
    reconstructions: UInt8[Tensor, "corruptions examples channels height width"]
    example_errors: Float32[Tensor, "corruptions examples"]
    predictions: UInt8[Tensor, "epochs snapshots"]
    confusion: Int64[Tensor, "classes classes"]
    per_image: Mapping[str, Float32[Tensor, "images"]]


class ComparisonSummary(Record):
    """Settings, metrics and results of the comparison of all variants.

    Attributes:
        run: short description of the settings, such as `mnist latent=2`.
        strengths: strengths of the corruptions, keyed by parameter, such as `sigma`.
        variants: reported metrics and the flag `collapsed`, keyed by variant and then by name.
        results: sentences that state the results of the comparison.
    """

    stage = "compare"
    dataset: str
    run: str
    strengths: dict[str, int | float]
    variants: dict[str, dict[str, bool | int | float]]
    results: tuple[str, ...]
