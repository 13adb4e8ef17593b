"""One page on which all variants are compared: a single file that needs neither network nor server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import torch
from markupsafe import Markup
from torch import Tensor

from hourglass.comparison.findings import Curve
from hourglass.comparison.sprites import Sheet, sheet
from hourglass.comparison.table import TABLES, Row
from hourglass.latent import REACH, Decoded

TEMPLATE = Path(__file__).parent / "template"
# tools first, which the others use; start last, which calls them
SCRIPTS = ("tools", "theme", "tables", "losses", "images", "maps", "explorer", "between", "start")
COLUMNS = 20  # images in a row of a sprite sheet
WAYS = {
    "prior": "the prior",
    "gaussian": "a Gaussian fitted to training codes",
    "mixture": "a mixture of ten fitted to training codes",
    "uniform": "each number's range, uniformly",
}
# what the planes of `latent.Decoded` are called, and what is said of a place in them
PLANES = {
    "images": ("between four test images", "{across} % of the way to the right, {down} % of the way down"),
    "principal": (
        "of the directions in which the codes vary most",
        "{x} standard deviations along the first direction, {y} along the second; each variant has its own directions",
    ),
}

Sheets = dict[str, Sheet]


@dataclass(frozen=True)
class Entry:
    """One variant, as the page shows it.

    settings: all that took effect, in words. model_hash: SHA-256 of the model's file. curves: (epoch, mean squared
    error on [0, 1]) on `training` and `test` images. reconstructions: of the samples under each corruption, uint8
    (L, N, 28, 28). errors: mean squared errors (L, N) of those. positions: its codes on the map (M, 2). distances:
    Fréchet distance of generated images by the way their codes are drawn.
    """

    name: str
    row: Row
    settings: str
    model_hash: str
    curves: Mapping[str, Curve]
    reconstructions: Tensor
    errors: Tensor
    positions: Tensor
    decoded: Decoded
    distances: Mapping[str, float]


@dataclass(frozen=True)
class Shared:
    """What all variants share.

    run: what was run, such as `mnist latent=2`. samples: the sample images under each corruption, the first of which
    is none, uint8 (L, N, 28, 28): as many of each class, class by class. mapped: test images that are on the maps
    (M, 28, 28) and their labels (M,). ends: test images (P, 2, 28, 28) at the ends of lines, and their labels (P, 2).
    """

    run: str
    seed: int
    data_hash: str
    classes: Sequence[str]
    corruptions: Sequence[str]
    samples: Tensor
    mapped: tuple[Tensor, Tensor]
    ends: tuple[Tensor, Tensor]
    colours: Sequence[str]


def page(entries: Sequence[Entry], shared: Shared, findings: Sequence[str]) -> str:
    """The page as HTML, the same for the same input."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    sheets = _sheets(entries, shared)
    return environment.get_template("index.html").render(
        entries=entries,
        shared=shared,
        findings=findings,
        tables=TABLES,
        sheets=sheets,
        best=min(range(len(entries)), key=lambda number: entries[number].row["mse"]),
        planes=[PLANES[name][0] for name in _planes(entries)],
        data=_data(entries, shared, sheets),
        style=Markup((TEMPLATE / "style.css").read_text(encoding="utf-8")),
        scripts=[Markup((TEMPLATE / "scripts" / f"{name}.js").read_text(encoding="utf-8")) for name in SCRIPTS],
    )


def _planes(entries: Sequence[Entry]) -> list[str]:
    return [name for name in PLANES if name in entries[0].decoded.planes]


def _sheets(entries: Sequence[Entry], shared: Shared) -> Sheets:
    """All images of the page, by the name of their sheet: three that all variants share, three more of each."""
    found = {
        "test": sheet(shared.samples.flatten(0, 1), COLUMNS),
        "mapped": sheet(shared.mapped[0], COLUMNS),
        "ends": sheet(shared.ends[0].flatten(0, 1), 2),
    }
    for number, entry in enumerate(entries):
        decoded = entry.decoded
        planes = torch.stack([decoded.planes[name] for name in _planes(entries)])
        ways = [decoded.generated[way] for way in _ways(entry)]
        images = torch.cat([decoded.lines.flatten(0, 1), decoded.mixtures.flatten(0, 1), *ways])
        found[f"images-{number}"] = sheet(entry.reconstructions.flatten(0, 1), COLUMNS)
        found[f"planes-{number}"] = sheet(planes.flatten(0, 2), planes.shape[2])
        found[f"decoded-{number}"] = sheet(images, COLUMNS)
    return found


def _ways(entry: Entry) -> list[str]:
    return [way for way in WAYS if way in entry.decoded.generated]


def _data(entries: Sequence[Entry], shared: Shared, sheets: Sheets) -> dict[str, Any]:
    """What the page's script works on."""
    first = entries[0].decoded
    ends = shared.ends[1].tolist()
    return {
        "variants": [entry.name for entry in entries],
        "classes": list(shared.classes),
        "corruptions": list(shared.corruptions),
        "colours": len(shared.colours),
        "curves": {of: [_rounded(entry.curves[of], 6) for entry in entries] for of in ("training", "test")},
        "errors": [_rounded(entry.errors.tolist(), 5) for entry in entries],
        "perClass": shared.samples.shape[1] // len(shared.classes),
        "labels": shared.mapped[1].tolist(),
        "maps": [{"points": _rounded(entry.positions.tolist(), 3), "note": _told(entry.row)} for entry in entries],
        "lines": {"ends": ends, "steps": first.lines.shape[1]},
        "ways": [name for way, name in WAYS.items() if any(way in entry.decoded.generated for entry in entries)],
        "perWay": len(next(iter(first.generated.values()))),
        "generated": [
            {"ways": [WAYS[way] for way in _ways(entry)], "distances": [entry.distances[way] for way in _ways(entry)]}
            for entry in entries
        ],
        "lattice": next(iter(first.planes.values())).shape[0],
        "reach": REACH,
        "places": [PLANES[name][1] for name in _planes(entries)],
        "sheets": {name: {"columns": found.columns, "rows": found.rows} for name, found in sheets.items()},
    }


def _told(row: Row) -> str:
    return f"told by neighbours {row['purity']:.0%}"


def _rounded(values: Any, digits: int) -> Any:
    """Nested lists of numbers with no more digits than the page shows."""
    if isinstance(values, list | tuple):
        return [_rounded(value, digits) for value in values]
    return round(values, digits)
