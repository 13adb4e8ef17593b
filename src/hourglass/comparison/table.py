"""The table of all variants, as rows and as Markdown."""

from collections.abc import Mapping, Sequence
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


COLUMNS = (
    Column("latent", "code size", "d"),
    Column("parameters", "parameters", ",d"),
    Column("mse", "test MSE", ".4f", "min"),
    Column("psnr", "PSNR, dB", ".2f", "max"),
    Column("relative_to_pca", "MSE / PCA's of equal size", ".2f", "min"),
    Column("gaussian", "restored from gaussian, dB", ".2f", "max"),
    Column("occlusion", "from occlusion, dB", ".2f", "max"),
    Column("gaussian_occlusion", "from both, dB", ".2f", "max"),
    Column("live_units", "live units", "d"),
    Column("purity", "10-NN purity of the map", ".3f", "max"),
)


def row(evaluation: Row, latent_analysis: Row) -> dict[str, Any]:
    """One variant's row, by column key, and whether it collapsed."""
    restored = {name: scores["psnr"] for name, scores in evaluation["restored"].items()}
    return {
        "latent": evaluation["code"]["size"],
        **evaluation["cost"],
        **evaluation["clean"],
        "relative_to_pca": evaluation["clean"]["mse"] / evaluation["pca"]["clean"]["mse"],
        **restored,
        "live_units": evaluation["code"]["live_units"],
        "purity": latent_analysis["purity"],
        "collapsed": evaluation["collapsed"],
    }


def markdown(rows: Mapping[str, Row]) -> str:
    """The rows as a Markdown table, the best of each column in bold, collapsed variants marked."""
    lines = [
        "| variant | " + " | ".join(column.heading for column in COLUMNS) + " |",
        "| --- | " + " | ".join("---:" for _ in COLUMNS) + " |",
    ]
    for name, values in rows.items():
        label = f"{name} (collapsed)" if values["collapsed"] else name
        cells = [_cell(column, values[column.key], [r[column.key] for r in rows.values()]) for column in COLUMNS]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(column: Column, value: float, everyone: Sequence[float]) -> str:
    text = format(value, column.format)
    if column.best is None:
        return text
    best = min(everyone) if column.best == "min" else max(everyone)
    return f"**{text}**" if text == format(best, column.format) else text
