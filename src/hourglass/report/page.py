"""HTML page of the comparison, which works without a server or a network connection."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import jinja2
import torch
import yaml
from markupsafe import Markup, escape

from hourglass import palette
from hourglass.corruptions import TESTED
from hourglass.figures.style import COLOURS
from hourglass.latent import PLANE_EXTENT_SD, corners
from hourglass.metrics import METRICS
from hourglass.records import EvaluationImages
from hourglass.report.answers import FOLDER, Block, exercise_sheets
from hourglass.report.facts import UNLABELLED_NOTE, Facts
from hourglass.report.inputs import LOSSES, ReportInputs
from hourglass.report.sprites import SpriteSheet, drawing, sprite_sheet
from hourglass.report.tables import Table
from hourglass.samplers import SAMPLERS
from hourglass.stats import nearest

TEMPLATES = Path(__file__).parent / "template"
# tools first, which the others use; start last, which calls them
SCRIPTS = ["tools", "theme", "tables", "selection", "losses", "costs", "closeup", "images"]
SCRIPTS += ["embeddings", "explorer", "decoded", "anomalies", "start"]
PER_ROW = 20  # images in a row of a sprite sheet
NEAREST = 5  # test images beside an enlarged one
WORST = 5  # test images with the largest errors
FALSE_POSITIVE_RATES = [step / 1000 for step in (1, 2, 5, *range(10, 100, 10), *range(100, 501, 50))]
PLANES = {
    "images": ("between four test images", "{across} % of the way to the right, {down} % of the way down"),
    "principal": (
        "along the first two principal components of the codes",
        "{x} standard deviations along the first component, {y} along the second; each variant has its own components",
    ),
}
"""Description of each latent plane and format of a position in it, keyed as in `LatentImages.planes`."""
SWEEP_PICTURES = {
    "rate-distortion": "Test MSE against latent dimension",
    "restoration": "Denoising against the noise of the test images, by noise of the training images",
    "classes": "Label accuracy and 10-NN accuracy against latent dimension",
}


def render(name: str, **context: Any) -> str:
    """Render a Jinja template of the report. Values in HTML are escaped. Undefined variables raise an error."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=name.endswith(".html"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=not name.endswith(".html"),
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(**context)


def page(
    facts: Facts,
    inputs: ReportInputs,
    tables: Sequence[Table],
    results: Sequence[str],
    answers: Sequence[Block],
    small: bool = False,
) -> str:
    """Render the comparison as an HTML page.

    Args:
        facts: results of the variants, formatted for the template.
        inputs: records and images of the variants.
        tables: tables of metrics, with the overview table first.
        results: sentences that state the results.
        answers: blocks of the answers to the exercise sheets.
        small: whether to link to the answers' pictures, which are in git, instead of embedding them.
    """
    sheets, pictures = _sheets(inputs), inputs.sweep.pictures
    configs = {name: records.config for name, records in inputs.variants.items()}
    mse = [runs.row["mse"] for runs in inputs.runs.values()]
    return render(
        "index.html",
        facts=facts,
        inputs=inputs,
        corruptions=[corruption.description for corruption in TESTED.values()],
        results=results,
        overview=tables[0],
        tables=tables[1:],
        about={name: config.describe() for name, config in configs.items()},
        configs={
            name: yaml.safe_dump({"variant": name, **config.model_dump(mode="json")}, sort_keys=False)
            for name, config in configs.items()
        },
        sweep=[(text, drawing(pictures[name])) for name, text in SWEEP_PICTURES.items() if name in pictures],
        method=facts.method,
        small=small,
        answers=[(block, _code(block.text), _picture(block, inputs, small)) for block in answers],
        unlabelled="" if inputs.test.labelled else UNLABELLED_NOTE,
        colours=palette.VARIANTS,
        class_colours=COLOURS,
        sheets=sheets,
        best=mse.index(min(mse)),
        outliers=inputs.outliers,
        planes=[PLANES[name][0] for name in _planes(inputs)],
        data=_data(inputs, sheets, answers),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        scripts=[Markup((TEMPLATES / "scripts" / f"{name}.js").read_text(encoding="utf-8")) for name in SCRIPTS],
    )


def _code(text: str) -> Markup:
    """Escape text for HTML, and turn parts in backquotes into `code` elements."""
    return Markup(re.sub("`(.*?)`", r"<code>\1</code>", str(escape(text))))


def _picture(block: Block, inputs: ReportInputs, small: bool) -> str:
    """Return the source of a block's picture: a relative URL if `small`, and a data URI otherwise.

    For other blocks and for pictures outside `plots/answers`, the result is an empty string.
    """
    name = block.path.removeprefix(FOLDER)
    if name == block.path:
        return ""
    return f"../{block.path}.png" if small else drawing(inputs.pictures[name])


def _planes(inputs: ReportInputs) -> list[str]:
    return [name for name in PLANES if name in inputs.first.latent_images.planes]


def _sheets(inputs: ReportInputs) -> dict[str, SpriteSheet]:
    """Return the sprite sheets of the page, keyed by name: three that all variants share, and four per variant."""
    images, first = inputs.test.images, inputs.first
    examples = [inputs.corrupted[name][first.evaluation_images.examples] for name in TESTED]
    sheets = {
        "test": sprite_sheet(torch.cat(examples), PER_ROW),
        "embedded": sprite_sheet(images[: len(first.latent_images.embedding)], PER_ROW),
        "ends": sprite_sheet(images[first.latent_images.ends].flatten(0, 1), 2),
    }
    for number, records in enumerate(inputs.variants.values()):
        latent, reconstructions = records.latent_images, records.evaluation_images.reconstructions
        planes = torch.stack([latent.planes[name] for name in _planes(inputs)])
        generated = [latent.generated[sampler] for sampler in SAMPLERS if sampler in latent.generated]
        decoded = torch.cat([latent.interpolations.flatten(0, 1), latent.mixtures.flatten(0, 1), *generated])
        sheets[f"images-{number}"] = sprite_sheet(reconstructions.flatten(0, 1), PER_ROW)
        sheets[f"planes-{number}"] = sprite_sheet(planes.flatten(0, 2), planes.shape[2])
        sheets[f"decoded-{number}"] = sprite_sheet(decoded, PER_ROW)
        worst = records.evaluation_images
        pairs = torch.cat([images[worst.worst[:WORST]], worst.worst_images[:WORST]])
        sheets[f"worst-{number}"] = sprite_sheet(pairs, WORST)
    return sheets


def _data(inputs: ReportInputs, sheets: Mapping[str, SpriteSheet], answers: Sequence[Block]) -> dict[str, Any]:
    """Return JSON-compatible data for the page's scripts. `sheets` holds the page's sprite sheets, keyed by name."""
    variants, classes, labels = list(inputs.variants.values()), inputs.test.classes, inputs.test.labels
    latent, examples = inputs.first.latent_images, inputs.first.evaluation_images.examples
    count = len(latent.embedding)
    return {
        "variants": list(inputs.variants),
        "exerciseSheets": exercise_sheets(inputs.config.sheets, inputs.variants, answers),
        "classes": list(classes),
        "labelled": inputs.test.labelled,
        "mixed": len(latent.mixtures),
        "corruptions": [corruption.description for corruption in TESTED.values()],
        "colours": len(palette.VARIANTS),
        "costs": _costs(inputs),
        "curves": {images: [_rounded(of.curve(column), 6) for of in variants] for images, column in LOSSES.items()},
        "errors": [_rounded(of.evaluation_images.example_errors.tolist(), 5) for of in variants],
        "perClass": len(examples) // len(classes),
        "examples": examples.tolist(),
        "labels": labels[:count].tolist(),
        "embeddedErrors": [_rounded(of.evaluation_images.errors[:count].tolist(), 4) for of in variants],
        "nearest": [nearest(of.latent_images.codes[:count], NEAREST).tolist() for of in variants],
        "embeddings": [_rounded(of.latent_images.embedding.tolist(), 2) for of in variants],
        "embeddingKnn": [runs.row["embedding_knn"] for runs in inputs.runs.values()],
        "interpolations": {"ends": labels[latent.ends].tolist(), "steps": latent.interpolations.shape[1]},
        "samplers": [
            sampler.description
            for name, sampler in SAMPLERS.items()
            if any(name in of.latent_images.generated for of in variants)
        ],
        "generated": [_generated(name, inputs) for name in inputs.variants],
        "perSampler": len(next(iter(latent.generated.values()))),
        "planeSteps": len(next(iter(latent.planes.values()))),
        "planeExtent": PLANE_EXTENT_SD,
        "positions": [PLANES[name][1] for name in _planes(inputs)],
        "anomalies": [_anomalies(of.evaluation_images) for of in variants],
        "falsePositiveRates": FALSE_POSITIVE_RATES,
        "corners": [_corner_names(inputs) if name == "images" else [] for name in _planes(inputs)],
        "sheets": {name: {"columns": sheet.columns, "rows": sheet.rows} for name, sheet in sheets.items()},
    }


def _anomalies(images: EvaluationImages) -> dict[str, Any]:
    """Return the data for the anomaly detection section of the page.

    `thresholds` holds one error threshold per false-positive rate on test images, and `found` the share of outliers
    above each threshold, keyed by kind. `worst` holds the indices of the test images with the largest errors.
    """
    thresholds = images.errors.quantile(1 - torch.tensor(FALSE_POSITIVE_RATES, dtype=torch.float64))
    found = {
        kind: (errors > thresholds[:, None]).double().mean(dim=1) for kind, errors in images.outlier_errors.items()
    }
    return {
        "thresholds": _rounded(thresholds.tolist(), 5),
        "found": {kind: _rounded(shares.tolist(), 4) for kind, shares in found.items()},
        "worst": images.worst[:WORST].tolist(),
        "worstErrors": _rounded(images.errors[images.worst[:WORST]].tolist(), 4),
    }


def _corner_names(inputs: ReportInputs) -> list[str]:
    """Return the classes of the four test images that span a latent plane, or an empty list for unlabelled images."""
    classes = inputs.test.classes
    return [classes[label] for label in corners(len(classes))] if inputs.test.labelled else []


def _costs(inputs: ReportInputs) -> dict[str, Any]:
    """Return the data for the cost chart: size and metrics of each variant, and metrics of the best linear maps."""
    runs, maps = list(inputs.runs.values()), inputs.baselines.corrupted["gaussian"].reduced_rank
    linear = {
        "mse": {int(dim): scores.clean["mse"] for dim, scores in inputs.baselines.pca.items()},
        "gaussian_psnr": {int(dim): scores["psnr"] for dim, scores in maps.items()},
    }
    reached = {key: [of.values(key) for of in runs] for key in linear}
    return {
        "cost": {key: [of.row[key] for of in runs] for key in ("latent_dim", "parameters")},
        "headings": {key: METRICS[key].short for key in linear},
        "reached": {
            key: [_rounded((mean(seeds), stdev(seeds) if len(seeds) > 1 else 0), 5) for seeds in values]
            for key, values in reached.items()
        },
        "linear": {key: _rounded(sorted(points.items()), 5) for key, points in linear.items()},
    }


def _generated(name: str, inputs: ReportInputs) -> dict[str, Any]:
    """Return the descriptions of a variant's samplers and the Fréchet distances of the generated images."""
    samplers = [sampler for sampler in SAMPLERS if sampler in inputs.variants[name].latent_images.generated]
    return {
        "samplers": [SAMPLERS[sampler].description for sampler in samplers],
        "distances": [inputs.runs[name].row[f"frechet_{sampler}"] for sampler in samplers],
    }


def _rounded(values: Any, digits: int) -> Any:
    """Round all numbers in nested lists to `digits` decimal places."""
    if isinstance(values, list | tuple):
        return [_rounded(value, digits) for value in values]
    return round(values, digits)
