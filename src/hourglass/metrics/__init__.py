"""Every figure that variants are compared by: an entry each, from which tables, pictures, files and glossary follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hourglass.constants import COUNTED_FROM
from hourglass.corruptions import TESTED, CorruptionKind
from hourglass.records import Baselines

Figures = Mapping[str, float]
"""What the stages evaluate and latent-analysis, or a sweep, found of one training, by flatten name: `clean.mse`."""

Row = Mapping[str, Any]
"""One training's figures by the keys of METRICS, None where it has none; under `collapsed` whether it collapsed."""

TABLES = {
    "images": "What becomes of the images",
    "codes": "What the codes of clean images are like",
    "own": "On the input that each is trained on",
}
NOTHING = "–"  # where a training has no such figure
EXAMPLE_CORRUPTION = "gaussian"  # the corruption that stands for all of them where there is room for one


@dataclass(frozen=True)
class Glance:
    """How a figure stands in the overview, where room is scarce.

    caption: what explains it below the picture, if anything has to.
    """

    heading: str
    format: str
    caption: str = ""


@dataclass(frozen=True)
class Metric:
    """A figure of every variant.

    key: in rows and files; MLflow knows it as `compare.<key>`. heading: of its column, without the unit. meaning: as
    the page's glossary puts it. format: of the number, as `format` takes it. value: from figures and yardsticks, None
    where a training has none. table: a key of TABLES. better: which of two numbers is, if either. swept: whether a
    sweep measures it too. headline: whether it is a column of DVC's table. glance: how it stands in the overview, if it
    does.
    """

    key: str
    heading: str
    meaning: str
    format: str
    value: Callable[[Figures, Baselines], float | None]
    table: Literal["images", "codes", "own"]
    unit: str | None = None
    better: Literal["less", "more"] | None = None
    swept: bool = True
    headline: bool = False
    glance: Glance | None = None

    @property
    def title(self) -> str:
        """The heading, with the unit where there is one."""
        return f"{self.heading}, {self.unit}" if self.unit else self.heading

    @property
    def short(self) -> str:
        """A heading for where room is scarce."""
        return self.glance.heading if self.glance else self.heading.removesuffix(" size")

    def text(self, value: float | None) -> str:
        """A figure, as tables show it."""
        return NOTHING if value is None else format(value, self.format)

    def best(self, values: Iterable[float | None]) -> float | None:
        """The best of these; None where no end is better, or there is none."""
        known = [value for value in values if value is not None]
        if self.better is None or not known:
            return None
        return min(known) if self.better == "less" else max(known)


def row(figures: Figures, baselines: Baselines) -> dict[str, Any]:
    """One training's row."""
    return {metric.key: metric.value(figures, baselines) for metric in METRICS} | {"collapsed": figures["collapsed"]}


def swept_row(figures: Figures, baselines: Baselines) -> dict[str, Any]:
    """The same of a training in a sweep, without what that does not measure."""
    swept = {metric.key: metric.value(figures, baselines) for metric in METRICS if metric.swept}
    return swept | {"collapsed": figures["collapsed"]}


def columns(table: str) -> list[Metric]:
    """The columns of one of TABLES, from left to right."""
    return [metric for metric in METRICS if metric.table == table]


def overview() -> list[Metric]:
    """The few figures that say most: the size of the code, and those that stand in the overview."""
    return [metric for metric in METRICS if metric.key == "latent" or metric.glance]


def glossary() -> str:
    """What every figure is, as a list in Markdown."""
    return "".join(f"- *{metric.title}*: {metric.meaning}.\n" for metric in METRICS)


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
        lambda f, b: f[f"restored.{name}.psnr"],
        "images",
        unit="dB",
        better="more",
        headline=name == EXAMPLE_CORRUPTION,
        glance=Glance("from noise, dB", ".1f", f"From noise: PSNR of test images restored from {words}.")
        if name == EXAMPLE_CORRUPTION
        else None,
    )


def _restored_ssim(name: str, words: str) -> Metric:
    return Metric(
        f"{name}_ssim",
        f"SSIM, restored from {words}",
        f"structural similarity of what a variant makes of test images with {words} and the clean ones",
        ".3f",
        lambda f, b: f[f"restored.{name}.ssim"],
        "images",
        better="more",
    )


def _generated(key: str, heading: str, drawn: str, **more: Any) -> Metric:
    return Metric(
        f"frechet_{key}",
        heading,
        f"Fréchet distance, in the classifier's features, of images decoded from codes {drawn} to real test images",
        ".1f",
        lambda f, b: f.get(f"decoded.generation.{key}"),
        "codes",
        better="less",
        **more,
    )


def _linear_mse(size: float, baselines: Baselines) -> float:
    """Of the best linear code of so many numbers; without any, every image comes back as the mean image."""
    return baselines.pca[f"{size:.0f}"].clean["mse"] if size else baselines.mean_image["mse"]


# f, b: figures, baselines
METRICS: tuple[Metric, ...] = (
    Metric(
        "latent",
        "code size",
        "numbers in the code of an image",
        ".0f",
        lambda f, b: f["code.size"],
        "images",
        headline=True,
    ),
    Metric(
        "parameters",
        "parameters",
        "numbers of encoder and decoder that training fits",
        ",.0f",
        lambda f, b: f["cost.parameters"],
        "images",
        headline=True,
    ),
    Metric(
        "multiply_adds",
        "multiply-adds",
        "of encoder and decoder together, for one image",
        ",.0f",
        lambda f, b: f["cost.encoder_multiply_adds"] + f["cost.decoder_multiply_adds"],
        "images",
    ),
    Metric(
        "mse",
        "test MSE",
        "mean squared error per pixel, on [0, 1], of the reconstructions of clean test images",
        ".4f",
        lambda f, b: f["clean.mse"],
        "images",
        better="less",
        headline=True,
        glance=Glance("test MSE", ".4f"),
    ),
    Metric(
        "psnr",
        "PSNR",
        "peak signal-to-noise ratio: the test MSE on a logarithmic scale, −10 log₁₀ MSE",
        ".2f",
        lambda f, b: f["clean.psnr"],
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
        lambda f, b: f["clean.ssim"],
        "images",
        better="more",
    ),
    Metric(
        "relative_to_pca",
        "MSE / PCA's of equal size",
        "test MSE over that of PCA: below 1 beats the best linear code of as many free numbers (a softmax code has one "
        "fewer than its size)",
        ".2f",
        lambda f, b: f["clean.mse"] / _linear_mse(f["code.free"], b),
        "images",
        better="less",
        headline=True,
    ),
    *restored(TESTED),
    _restored_ssim(EXAMPLE_CORRUPTION, TESTED[EXAMPLE_CORRUPTION].words),
    Metric(
        "label_accuracy",
        "class kept",
        "share of reconstructions of clean test images that the classifier, one small classifier for all variants, takes "
        "for the original's class",
        ".1%",
        lambda f, b: f["clean.label_accuracy"],
        "images",
        better="more",
        headline=True,
    ),
    Metric(
        "prediction_agreement",
        "verdict kept",
        "share of reconstructions of clean test images to which the classifier gives the same class as to the originals, so "
        "that its own errors count against nobody",
        ".1%",
        lambda f, b: f["clean.prediction_agreement"],
        "images",
        better="more",
    ),
    Metric(
        "active_units",
        "live units",
        "code numbers that change from image to image",
        ".0f",
        lambda f, b: f["code.active_units"],
        "codes",
    ),
    Metric(
        "participation_ratio",
        "effective dimension",
        "participation ratio of the correlations between code numbers: 1 where all vary together, the number of live "
        "units where each varies by itself",
        ".1f",
        lambda f, b: f["code.participation_ratio"],
        "codes",
    ),
    Metric(
        "knn",
        "10-NN accuracy",
        "share of test images whose class most of the ten nearest codes of training images have",
        ".3f",
        lambda f, b: f["code.knn"],
        "codes",
        better="more",
        headline=True,
        glance=Glance("10-NN accuracy", ".1%", "10-NN: by the class of the ten nearest codes of training images."),
    ),
    Metric(
        "leave_one_out_knn",
        "10-NN among test codes",
        "share of test images whose class most of the ten nearest codes of other test images have",
        ".3f",
        lambda f, b: f["code.leave_one_out_knn"],
        "codes",
        better="more",
    ),
    Metric(
        "linear_probe",
        "linear probe",
        "share of test images whose class logistic regression on the code, fitted to training images, predicts",
        ".3f",
        lambda f, b: f["code.linear_probe"],
        "codes",
        better="more",
    ),
    Metric(
        "silhouette",
        "silhouette",
        "of the codes of all test images: 1 where classes are islands far apart, 0 where they overlap, below where "
        "they lie within others",
        "z.2f",
        lambda f, b: f["code.silhouette"],
        "codes",
        better="more",
    ),
    Metric(
        "map_knn",
        "10-NN on the map",
        "share of the points on the map whose class most of the ten nearest other points have; of few images, so that "
        "another few give another figure",
        ".3f",
        lambda f, b: f["map_knn"],
        "codes",
        swept=False,
    ),
    Metric(
        "class_means_recognised",
        "class means recognised",
        "share of classes whose mean code decodes to an image that the classifier takes for that class",
        ".0%",
        lambda f, b: f["decoded.class_means_recognised"],
        "codes",
        better="more",
    ),
    _generated("prior", "Fréchet, prior", "from N(0, 1), towards which a variational code is trained"),
    _generated(
        "gaussian",
        "Fréchet, Gaussian",
        "from a normal distribution fitted to codes of training images",
        headline=True,
        glance=Glance(
            "Fréchet distance", ".1f", "Fréchet distance: of images decoded from codes of a fitted Gaussian."
        ),
    ),
    _generated(
        "mixture", "Fréchet, mixture", "from ten normal distributions fitted to codes of training images together"
    ),
    _generated("uniform", "Fréchet, uniform", "whose numbers are each uniform over the range that they have"),
    Metric(
        "own_mse",
        "own test MSE",
        "mean squared error per pixel, on [0, 1], of what a variant makes of test images under the corruption that it "
        "is trained with, against the clean ones: the loss that the sheets compare",
        ".4f",
        lambda f, b: f["own.scores.mse"],
        "own",
    ),
    Metric(
        "own_psnr",
        "own PSNR",
        "the same on a logarithmic scale",
        ".2f",
        lambda f, b: f["own.scores.psnr"],
        "own",
        unit="dB",
    ),
    Metric(
        "own_ssim",
        "own SSIM",
        "structural similarity of these images and the clean ones",
        ".3f",
        lambda f, b: f["own.scores.ssim"],
        "own",
    ),
    Metric(
        "wrong_class",
        "wrong class at the end",
        "share of these images that the classifier takes for another class than the original's",
        ".1%",
        lambda f, b: 1 - f["own.scores.label_accuracy"],
        "own",
    ),
    Metric(
        "wrong_class_through_training",
        "wrong class through training",
        f"the same share of the first test images, mean from epoch {COUNTED_FROM} on, or after the last epoch where "
        "there are fewer",
        ".1%",
        lambda f, b: f["through_training.wrong_class"],
        "own",
        swept=False,
    ),
    Metric(
        "own_knn",
        "own 10-NN accuracy",
        "as above, of codes of test images under that corruption, the nearest codes of training images under it too",
        ".3f",
        lambda f, b: f["own.code.knn"],
        "own",
    ),
    Metric(
        "own_linear_probe",
        "own linear probe",
        "as above, of codes of images under that corruption",
        ".3f",
        lambda f, b: f["own.code.linear_probe"],
        "own",
    ),
    Metric(
        "own_silhouette",
        "own silhouette",
        "as above, of codes of test images under that corruption",
        "z.2f",
        lambda f, b: f["own.code.silhouette"],
        "own",
    ),
)
