"""Gather what the comparison page shows, of the variants and of what they share."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import yaml
from torch import Tensor

from hourglass import comparison, latent, models, training
from hourglass.comparison.findings import Curve
from hourglass.comparison.page import Entry, Shared, page
from hourglass.data import CORRUPTIONS, Images, Inputs, as_input, as_stored
from hourglass.figures.curves import TWELVE
from hourglass.files import replacing, sha256
from hourglass.settings.params import Params
from stages.paths import DECODED, IMAGES, INPUTS, METRICS, MODELS, PLOTS
from stages.trainings import described

OF_EACH_CLASS = 10  # test images that are shown going through every variant


def write_page(
    params: Params,
    rows: Mapping[str, comparison.Row],
    curves: Mapping[str, Mapping[str, Curve]],
    findings: Sequence[str],
    path: Path,
) -> None:
    """rows: the table. curves: by variant, (epoch, mean squared error) on `training` and `test` images."""
    test = Images.load(IMAGES / "test.safetensors")
    chosen = samples(test)
    given = torch.stack([Inputs.load(INPUTS / name / "test.safetensors").images[chosen] for name in CORRUPTIONS])
    entries = [entry(params, name, rows[name], curves[name], test.classes, given) for name in rows]
    text = page(entries, shared(params, test, given, len(entries[0].positions), next(iter(rows))), findings)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def samples(test: Images) -> Tensor:
    """Indices of the first test images of every class, class by class, as many of each."""
    count = min(OF_EACH_CLASS, int(test.labels.bincount(minlength=len(test.classes)).min()))
    return torch.cat([(test.labels == label).nonzero().flatten()[:count] for label in range(len(test.classes))])


def entry(
    params: Params,
    name: str,
    row: comparison.Row,
    curves: Mapping[str, Curve],
    classes: tuple[str, ...],
    given: Tensor,
) -> Entry:
    """One variant, and what it makes of the samples `given` under each corruption, none first, (L, N, 28, 28)."""
    file = MODELS / f"{name}.safetensors"
    images = models.reconstruct(models.load(file), given.flatten(0, 1))
    errors = (images.unflatten(0, given.shape[:2]) - as_input(given[0])).square().mean(dim=(2, 3, 4))
    positions, _ = latent.read_map(PLOTS / "latent-analysis" / name / "map.csv", classes)
    analysis = json.loads((METRICS / "latent-analysis" / f"{name}.json").read_text(encoding="utf-8"))
    return Entry(
        name=name,
        row=row,
        settings=yaml.safe_dump(dict(described(params, name).parameters), sort_keys=False),
        model_hash=sha256(file),
        curves=curves,
        reconstructions=as_stored(images).unflatten(0, given.shape[:2]),
        errors=errors,
        positions=torch.from_numpy(positions),
        decoded=latent.Decoded.load(DECODED / f"{name}.safetensors"),
        distances=analysis["generation"],
    )


def shared(params: Params, test: Images, given: Tensor, mapped: int, variant: str) -> Shared:
    """What all variants have in common; the ends of lines are those of any one of them."""
    ends = latent.Decoded.load(DECODED / f"{variant}.safetensors").ends
    return Shared(
        run=params.run_name(test.dataset),
        seed=params.seed,
        data_hash=sha256(IMAGES / "train.safetensors"),
        classes=test.classes,
        corruptions=tuple(CORRUPTIONS),
        samples=given,
        mapped=(test.images[:mapped], test.labels[:mapped]),
        ends=(test.images[ends], test.labels[ends]),
        colours=TWELVE,
    )
