"""Every figure that variants are compared by: an entry each, from which tables, pictures, files and glossary follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hourglass.constants import COUNTED_FROM
from hourglass.data import TESTED
from hourglass.data.corruptions import CorruptionKind
from hourglass.records import Baselines, Evaluation, LatentAnalysis

Row = Mapping[str, Any]
"""One variant's figures by the keys of METRICS, and under `collapsed` whether it collapsed."""

TABLES = {"images": "What becomes of the images", "codes": "What the codes are like"}
EXAMPLE_CORRUPTION = "gaussian"  # the corruption that stands for all of them where there is room for one


@dataclass(frozen=True)
class Bar:
    """How a figure stands above its bars in the overview, where room is scarce.

    caption: what explains it below the picture, if anything has to.
    """

    heading: str
    format: str
    caption: str = ""


@dataclass(frozen=True)
class Metric:
    """A figure of every variant.

    key: in rows and files; MLflow knows it as `compare.<key>`. heading: of its column, without the unit. meaning: as
    the page's glossary puts it. format: of the number, as `format` takes it. table: a key of TABLES. better: which of
    two numbers is, if either. headline: whether it is a column of DVC's table. bar: how it is drawn in the overview,
    if it is.
    """

    key: str
    heading: str
    meaning: str
    format: str
    value: Callable[[Evaluation, LatentAnalysis, Baselines], float]
    table: Literal["images", "codes"]
    unit: str | None = None
    better: Literal["less", "more"] | None = None
    headline: bool = False
    bar: Bar | None = None

    @property
    def title(self) -> str:
        """The heading, with the unit where there is one."""
        return f"{self.heading}, {self.unit}" if self.unit else self.heading

    def text(self, row: Row) -> str:
        """A variant's figure, as tables show it."""
        return format(row[self.key], self.format)

    def is_best(self, row: Row, rows: Iterable[Row]) -> bool:
        """Whether no variant among `rows` has a better figure, as far as is shown; False where no end is better."""
        if self.better is None:
            return False
        end = min if self.better == "less" else max
        return self.text(row) == self.text(end(rows, key=lambda other: other[self.key]))


def row(evaluation: Evaluation, analysis: LatentAnalysis, baselines: Baselines) -> dict[str, Any]:
    """One variant's row."""
    figures = {metric.key: metric.value(evaluation, analysis, baselines) for metric in METRICS}
    return {**figures, "collapsed": evaluation.collapsed}


def columns(table: str) -> list[Metric]:
    """The columns of one of TABLES, from left to right."""
    return [metric for metric in METRICS if metric.table == table]


def headlines(row: Row) -> dict[str, float]:
    """A row's figures for DVC's table, by key."""
    return {metric.key: row[metric.key] for metric in METRICS if metric.headline}


def restored(corruptions: Mapping[str, CorruptionKind]) -> tuple[Metric, ...]:
    """An entry a corruption: how well the clean images are restored from it."""
    return tuple(_restored(name, kind.words) for name, kind in corruptions.items() if name != "none")


def _restored(name: str, words: str) -> Metric:
    return Metric(
        name,
        f"restored from {words}",
        f"PSNR of what a variant makes of test images with {words}, the same for all variants, against the clean ones",
        ".2f",
        lambda e, a, b: e.restored[name]["psnr"],
        "images",
        unit="dB",
        better="more",
        headline=name == EXAMPLE_CORRUPTION,
        bar=Bar("from noise, dB", ".1f", f"From noise: PSNR of test images restored from {words}.")
        if name == EXAMPLE_CORRUPTION
        else None,
    )


def _best_frechet(analysis: LatentAnalysis) -> float:
    """Of codes that are drawn as those of training images are spread; `training_images` are real ones."""
    return min(value for way, value in analysis.generation.items() if way not in ("uniform", "training_images"))


# e, a, b: evaluation, latent analysis, baselines
METRICS: tuple[Metric, ...] = (
    Metric(
        "latent",
        "code size",
        "numbers in the code of an image",
        "d",
        lambda e, a, b: e.code.size,
        "images",
        headline=True,
    ),
    Metric(
        "parameters",
        "parameters",
        "numbers of encoder and decoder that training fits",
        ",d",
        lambda e, a, b: e.cost.parameters,
        "images",
        headline=True,
    ),
    Metric(
        "multiply_adds",
        "multiply-adds",
        "of encoder and decoder together, for one image",
        ",d",
        lambda e, a, b: e.cost.encoder_multiply_adds + e.cost.decoder_multiply_adds,
        "images",
    ),
    Metric(
        "mse",
        "test MSE",
        "mean squared error per pixel, on [0, 1], of the reconstructions of clean test images",
        ".4f",
        lambda e, a, b: e.clean["mse"],
        "images",
        better="less",
        headline=True,
        bar=Bar("test MSE", ".4f"),
    ),
    Metric(
        "psnr",
        "PSNR",
        "peak signal-to-noise ratio: the test MSE on a logarithmic scale, −10 log₁₀ MSE",
        ".2f",
        lambda e, a, b: e.clean["psnr"],
        "images",
        unit="dB",
        better="more",
        headline=True,
    ),
    Metric(
        "ssim",
        "SSIM",
        "structural similarity of clean test images and their reconstructions, mean over images: 1 where equal",
        ".3f",
        lambda e, a, b: e.clean["ssim"],
        "images",
        better="more",
    ),
    Metric(
        "relative_to_pca",
        "MSE / PCA's of equal size",
        "test MSE over that of PCA: below 1 beats the best linear code of the same size",
        ".2f",
        lambda e, a, b: e.clean["mse"] / b.pca[str(e.code.size)].clean["mse"],
        "images",
        better="less",
        headline=True,
    ),
    *restored(TESTED),
    Metric(
        "class_kept",
        "class kept",
        "share of reconstructions that the judge, one small classifier for all variants, takes for the original's "
        "class",
        ".1%",
        lambda e, a, b: e.clean["class_kept"],
        "images",
        better="more",
        headline=True,
    ),
    Metric(
        "wrong_class",
        "wrong class through training",
        "share that the judge takes for another class, of the first test images, each variant given the input that it "
        f"is trained on; from epoch {COUNTED_FROM} on, or after the last epoch where there are fewer",
        ".1%",
        lambda e, a, b: e.wrong_class_through_training,
        "images",
        better="less",
    ),
    Metric(
        "live_units",
        "live units",
        "code numbers that change from image to image",
        "d",
        lambda e, a, b: e.code.live_units,
        "codes",
    ),
    Metric(
        "participation_ratio",
        "effective dimension",
        "participation ratio of the codes' covariance: 1 where codes vary in one direction alone, the code size where "
        "equally in all",
        ".1f",
        lambda e, a, b: e.code.participation_ratio,
        "codes",
    ),
    Metric(
        "knn",
        "10-NN accuracy",
        "share of test images whose class most of the ten nearest codes of training images have",
        ".3f",
        lambda e, a, b: e.code.knn,
        "codes",
        better="more",
        headline=True,
        bar=Bar(
            "10-NN accuracy", ".1%", "10-NN: test images whose class the ten nearest codes of training images tell."
        ),
    ),
    Metric(
        "leave_one_out_knn",
        "10-NN among test codes",
        "share of test images whose class most of the ten nearest codes of other test images have",
        ".3f",
        lambda e, a, b: e.code.leave_one_out_knn,
        "codes",
        better="more",
    ),
    Metric(
        "linear_probe",
        "linear probe",
        "share of test images whose class logistic regression on the code, fitted to training images, predicts",
        ".3f",
        lambda e, a, b: e.code.linear_probe,
        "codes",
        better="more",
    ),
    Metric(
        "map_knn",
        "10-NN on the map",
        "share of the points on the map whose class most of the ten nearest other points have",
        ".3f",
        lambda e, a, b: a.map_knn,
        "codes",
        better="more",
    ),
    Metric(
        "silhouette",
        "silhouette of the map",
        "1 where classes are islands far apart on the map, 0 where they overlap, below where they lie within others",
        "z.2f",
        lambda e, a, b: a.silhouette,
        "codes",
        better="more",
    ),
    Metric(
        "class_means_recognised",
        "class means recognised",
        "share of classes whose mean code decodes to an image that the judge takes for that class",
        ".0%",
        lambda e, a, b: a.class_means_recognised,
        "codes",
        better="more",
    ),
    Metric(
        "frechet",
        "Fréchet distance, generated",
        "between the judge's features of generated and of real test images, codes drawn in the way that suits the "
        "variant best",
        ".1f",
        lambda e, a, b: _best_frechet(a),
        "codes",
        better="less",
        headline=True,
        bar=Bar("Fréchet distance", ".1f", "Fréchet distance: of images decoded from random codes to real ones."),
    ),
    Metric(
        "frechet_uniform",
        "drawn uniformly",
        "Fréchet distance of images whose code numbers are each drawn uniformly from the range that they have",
        ".1f",
        lambda e, a, b: a.generation["uniform"],
        "codes",
        better="less",
    ),
)
