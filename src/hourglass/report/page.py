"""One page on which all variants are compared: a single file that needs neither network nor server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import jinja2
import torch
import yaml
from markupsafe import Markup
from torch import Tensor

from hourglass import metrics, palette
from hourglass.constants import CORNERS, REACH
from hourglass.figures.style import COLOURS
from hourglass.metrics import Metric, Row
from hourglass.report import phrases, table
from hourglass.report.best import Winner
from hourglass.report.losses import COLUMNS, Losses
from hourglass.report.sprites import Sheet, drawing, sheet
from hourglass.report.variant_records import VariantRecords
from hourglass.settings.describe import describe_variant
from hourglass.stats.neighbours import nearest
from hourglass.stats.significance import RULE, Known, text

TEMPLATE = Path(__file__).parent / "template"
# tools first, which the others use; start last, which calls them
SCRIPTS = (
    "tools",
    "theme",
    "tables",
    "choice",
    "losses",
    "costs",
    "closer",
    "images",
    "maps",
    "explorer",
    "between",
    "start",
)
ACROSS = 20  # images in a row of a sprite sheet
NEAREST = 5  # test images that are shown beside one
WAYS = {
    "prior": "the prior",
    "gaussian": "a Gaussian fitted to training codes",
    "mixture": "a mixture of ten fitted to training codes",
    "uniform": "each number's range, uniformly",
}
# what the planes of `records.LatentImages` are called, and what is said of a place in them
PLANES = {
    "images": ("between four test images", "{across} % of the way to the right, {down} % of the way down"),
    "principal": (
        "of the directions in which the codes vary most",
        "{x} standard deviations along the first direction, {y} along the second; each variant has its own directions",
    ),
}

SWEPT = {
    "rate-distortion": "test MSE against the size of the code",
    "restoration": "restoration against the strength of the noise, by what was trained with",
    "classes": "class kept and 10-NN accuracy against the size of the code",
    "collapse": "how many trainings collapsed",
}
"""The pictures of a sweep, in words."""

Sheets = dict[str, Sheet]
Cell = tuple[float | None, str, bool]


@dataclass(frozen=True)
class Entry:
    """One variant, as the page shows it."""

    name: str
    known: Known
    losses: Losses
    records: VariantRecords

    @property
    def row(self) -> Row:
        """The figures of the training that the pictures are of."""
        return self.known.row

    @property
    def settings(self) -> str:
        """All that took effect, in YAML."""
        return yaml.safe_dump({"variant": self.name, **self.records.training.model_dump(mode="json")}, sort_keys=False)


@dataclass(frozen=True)
class Shared:
    """What all variants share.

    title: what was run, such as `MNIST latent=2`. data_sha256: of the file of training images. corruptions: in words.
    samples: the sample images under each corruption, the first of which is none, uint8 (L, S, 28, 28): as many of each
    class, class by class. sampled: which test images these are (S,). mapped: the first test images, which are on the
    maps (M, 28, 28), and their labels (M,). ends: test images (P, 2, 28, 28) at the ends of lines, and their labels
    (P, 2). linear: see `yardsticks.linear_codes`.
    """

    title: str
    seed: int
    data_sha256: str
    classes: Sequence[str]
    corruptions: Sequence[str]
    samples: Tensor
    sampled: Tensor
    mapped: tuple[Tensor, Tensor]
    ends: tuple[Tensor, Tensor]
    linear: Mapping[str, Sequence[tuple[int, float]]]


def page(
    entries: Sequence[Entry],
    shared: Shared,
    yardsticks: Mapping[str, Row],
    best: Sequence[Winner],
    findings: Sequence[str],
    swept: Mapping[str, bytes] | None = None,
    descent: Sequence[str] = (),
) -> str:
    """The page as HTML, the same for the same input.

    yardsticks: rows by name, each with the figures that it has. best: who is, at what. swept: pictures of a sweep, PNG
    by name. descent: sentences on kinds of gradient descent.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    sheets = _sheets(entries, shared)
    return environment.get_template("index.html").render(
        entries=entries,
        shared=shared,
        winners=best,
        findings=findings,
        overview=_table("At a glance", metrics.overview(), entries, {}),
        about=[describe_variant(entry.records.training) for entry in entries],
        swept=_swept(swept or {}),
        descent=descent,
        tables=[_table(title, metrics.columns(table), entries, yardsticks) for table, title in metrics.TABLES.items()],
        rule=RULE,
        colours=palette.VARIANTS,
        class_colours=COLOURS,
        sheets=sheets,
        nearest=min(range(len(entries)), key=lambda number: entries[number].row["mse"]),
        planes=[PLANES[name][0] for name in _planes(entries)],
        data=_data(entries, shared, sheets),
        style=Markup((TEMPLATE / "style.css").read_text(encoding="utf-8")),
        scripts=[Markup((TEMPLATE / "scripts" / f"{name}.js").read_text(encoding="utf-8")) for name in SCRIPTS],
    )


@dataclass(frozen=True)
class Table:
    """A table of the page. cells: of each variant, for each column: value, text, whether it is the best.

    beside: of each yardstick that has a cell.
    """

    title: str
    columns: Sequence[Metric]
    cells: Sequence[Sequence[Cell]]
    beside: Mapping[str, Sequence[Cell]]


def _table(title: str, columns: Sequence[Metric], entries: Sequence[Entry], yardsticks: Mapping[str, Row]) -> Table:
    evidence = {entry.name: entry.known for entry in entries}
    best = [table.best(evidence, column) for column in columns]
    return Table(
        title,
        columns,
        [
            [
                (known.mean(column.key), text(known, column), name in top)
                for column, top in zip(columns, best, strict=True)
            ]
            for name, known in evidence.items()
        ],
        {
            name: [
                (row.get(column.key), column.text(row[column.key]) if column.key in row else "", False)
                for column in columns
            ]
            for name, row in table.beside(yardsticks, columns).items()
        },
    )


def _swept(pictures: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """What each picture shows, and the picture as an address, in the order of SWEPT."""
    return [(words, drawing(pictures[name])) for name, words in SWEPT.items() if name in pictures]


def _planes(entries: Sequence[Entry]) -> list[str]:
    return [name for name in PLANES if name in entries[0].records.latent_images.planes]


def _sheets(entries: Sequence[Entry], shared: Shared) -> Sheets:
    """All images of the page, by the name of their sheet: three that all variants share, three more of each."""
    sheets = {
        "test": sheet(shared.samples.flatten(0, 1), ACROSS),
        "mapped": sheet(shared.mapped[0], ACROSS),
        "ends": sheet(shared.ends[0].flatten(0, 1), 2),
    }
    for number, entry in enumerate(entries):
        latent = entry.records.latent_images
        planes = torch.stack([latent.planes[name] for name in _planes(entries)])
        generated = [latent.generated[way] for way in _ways(entry)]
        decoded = torch.cat([latent.lines.flatten(0, 1), latent.mixtures.flatten(0, 1), *generated])
        sheets[f"images-{number}"] = sheet(entry.records.evaluation_images.reconstructions.flatten(0, 1), ACROSS)
        sheets[f"planes-{number}"] = sheet(planes.flatten(0, 2), planes.shape[2])
        sheets[f"decoded-{number}"] = sheet(decoded, ACROSS)
    return sheets


def _ways(entry: Entry) -> list[str]:
    return [way for way in WAYS if way in entry.records.latent_images.generated]


def _data(entries: Sequence[Entry], shared: Shared, sheets: Sheets) -> dict[str, Any]:
    """What the page's script works on."""
    first = entries[0].records.latent_images
    mapped = len(shared.mapped[1])
    return {
        "variants": [entry.name for entry in entries],
        "classes": list(shared.classes),
        "corruptions": list(shared.corruptions),
        "colours": len(palette.VARIANTS),
        "costs": _costs(entries, shared),
        "curves": {images: [_rounded(entry.losses[images], 6) for entry in entries] for images in COLUMNS},
        "errors": [_rounded(entry.records.evaluation_images.example_errors.tolist(), 5) for entry in entries],
        "perClass": shared.samples.shape[1] // len(shared.classes),
        "samples": shared.sampled.tolist(),
        "labels": shared.mapped[1].tolist(),
        "mappedErrors": [_rounded(entry.records.evaluation_images.errors[:mapped].tolist(), 4) for entry in entries],
        "nearest": [nearest(entry.records.latent_images.codes[:mapped], NEAREST).tolist() for entry in entries],
        "maps": [_map(entry) for entry in entries],
        "lines": {"ends": shared.ends[1].tolist(), "steps": first.lines.shape[1]},
        "ways": [words for way, words in WAYS.items() if any(way in _ways(entry) for entry in entries)],
        "perWay": len(next(iter(first.generated.values()))),
        "generated": [_generated(entry) for entry in entries],
        "lattice": next(iter(first.planes.values())).shape[0],
        "reach": REACH,
        "places": [PLANES[name][1] for name in _planes(entries)],
        "corners": [
            [shared.classes[label] for label in CORNERS] if name == "images" else [] for name in _planes(entries)
        ],
        "sheets": {name: {"columns": sheet.columns, "rows": sheet.rows} for name, sheet in sheets.items()},
    }


def _costs(entries: Sequence[Entry], shared: Shared) -> dict[str, Any]:
    """What each variant costs, and what it reaches, mean and standard deviation; the same of linear codes."""
    reached = {key: [entry.known.values(key) for entry in entries] for key in shared.linear}
    return {
        "costs": {key: [entry.row[key] for entry in entries] for key in ("latent", "parameters")},
        "words": {key: phrases.metric(key).short for key in shared.linear},
        "reached": {
            key: [_rounded((mean(of), stdev(of) if len(of) > 1 else 0), 5) for of in values]
            for key, values in reached.items()
        },
        "linear": {key: [[size, _rounded(value, 5)] for size, value in of] for key, of in shared.linear.items()},
    }


def _map(entry: Entry) -> dict[str, Any]:
    """Where the variant's codes lie, and how well the map tells the classes."""
    positions = entry.records.latent_images.positions.tolist()
    return {"points": _rounded(positions, 2), "note": f"10-NN accuracy on the map {entry.row['map_knn']:.0%}"}


def _generated(entry: Entry) -> dict[str, Any]:
    """The ways in which codes were drawn, and the Fréchet distance of the images of each."""
    ways, distances = _ways(entry), entry.records.analysis.decoded.generation
    return {"ways": [WAYS[way] for way in ways], "distances": [distances[way] for way in ways]}


def _rounded(values: Any, digits: int) -> Any:
    """Nested lists of numbers with no more digits than the page shows."""
    if isinstance(values, list | tuple):
        return [_rounded(value, digits) for value in values]
    return round(values, digits)
