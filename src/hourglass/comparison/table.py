"""The table of all variants, as rows and as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A figure of every variant: key in the row, heading, format, and which end is best (None: neither)."""

    key: str
    heading: str
    format: str
    best: str | None = None

    def text(self, row: Row) -> str:
        """The variant's figure, as it is shown."""
        return format(row[self.key], self.format)

    def is_best(self, row: Row, rows: Iterable[Row]) -> bool:
        """Whether no variant among `rows` has a better figure, as far as is shown."""
        if self.best is None:
            return False
        end = min if self.best == "min" else max
        return self.text(row) == self.text(end(rows, key=lambda other: other[self.key]))


IMAGES = (
    Column("latent", "code size", "d"),
    Column("parameters", "parameters", ",d"),
    Column("multiply_adds", "multiply-adds", ",d"),
    Column("mse", "test MSE", ".4f", "min"),
    Column("psnr", "PSNR, dB", ".2f", "max"),
    Column("ssim", "SSIM", ".3f", "max"),
    Column("relative_to_pca", "MSE / PCA's of equal size", ".2f", "min"),
    Column("gaussian", "restored from gaussian, dB", ".2f", "max"),
    Column("occlusion", "from occlusion, dB", ".2f", "max"),
    Column("gaussian_occlusion", "from both, dB", ".2f", "max"),
    Column("class_kept", "class kept", ".1%", "max"),
    Column("wrong_class", "wrong class through training", ".1%", "min"),
)
CODES = (
    Column("live_units", "live units", "d"),
    Column("participation_ratio", "effective dimension", ".1f"),
    Column("knn", "10-NN accuracy", ".3f", "max"),
    Column("leave_one_out_knn", "10-NN among test codes", ".3f", "max"),
    Column("linear_probe", "linear probe", ".3f", "max"),
    Column("purity", "10-NN purity of the map", ".3f", "max"),
    Column("silhouette", "silhouette of the map", "z.2f", "max"),
    Column("class_means_recognised", "class means recognised", ".0%", "max"),
    Column("frechet", "Fréchet distance, generated", ".1f", "min"),
    Column("frechet_uniform", "drawn uniformly", ".1f", "min"),
)
TABLES = {"What becomes of the images": IMAGES, "What the codes are like": CODES}
HEADLINES = ("latent", "parameters", "mse", "psnr", "relative_to_pca", "gaussian", "class_kept", "knn", "frechet")

CODE_SCORES = ("live_units", "participation_ratio", "knn", "leave_one_out_knn", "linear_probe")


def row(evaluation: Row, latent_analysis: Row, baselines: Row) -> dict[str, Any]:
    """One variant's row, by column key, and whether it collapsed."""
    pca = baselines["pca"][str(evaluation["code"]["size"])]
    restored = {name: scores["psnr"] for name, scores in evaluation["restored"].items()}
    drawn, cost = latent_analysis["generation"], evaluation["cost"]
    return {
        "latent": evaluation["code"]["size"],
        "parameters": cost["parameters"],
        "multiply_adds": cost["encoder_multiply_adds"] + cost["decoder_multiply_adds"],
        **evaluation["clean"],
        "relative_to_pca": evaluation["clean"]["mse"] / pca["clean"]["mse"],
        **restored,
        "wrong_class": evaluation["wrong_class_through_training"],
        **{key: evaluation["code"][key] for key in CODE_SCORES},
        **{key: latent_analysis[key] for key in ("purity", "silhouette", "class_means_recognised")},
        "frechet": min(distance for way, distance in drawn.items() if way not in ("uniform", "training_images")),
        "frechet_uniform": drawn["uniform"],
        "collapsed": evaluation["collapsed"],
    }


def markdown(rows: Mapping[str, Row]) -> str:
    """The rows as two Markdown tables, of the images and of the codes, the best of each column in bold."""
    return _table(rows, IMAGES) + "\n" + _table(rows, CODES)


def _table(rows: Mapping[str, Row], columns: Sequence[Column]) -> str:
    """The rows as a Markdown table, collapsed variants marked."""
    lines = [
        "| variant | " + " | ".join(column.heading for column in columns) + " |",
        "| --- | " + " | ".join("---:" for _ in columns) + " |",
    ]
    for name, values in rows.items():
        label = f"{name} (collapsed)" if values["collapsed"] else name
        best = [column.is_best(values, rows.values()) for column in columns]
        cells = [
            f"**{column.text(values)}**" if b else column.text(values) for column, b in zip(columns, best, strict=True)
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
