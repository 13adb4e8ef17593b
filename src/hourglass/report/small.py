"""Reduction of the report's inputs to make the comparison page small enough to commit to git."""

from dataclasses import replace

import torch
from torch import Tensor

from hourglass.report.inputs import ReportInputs, VariantRecords

PER_CLASS, OF_UNLABELLED = 2, 10  # example images
EMBEDDED = 150  # codes
LINES = 4  # interpolations, the last ones, which are between classes
GENERATED = 5  # images per sampler
PLANE_STEP = 2  # of the grid of codes


def smaller(inputs: ReportInputs) -> ReportInputs:
    """Return a copy of the inputs with fewer images and embedded codes, a single latent plane and no sweep figures."""
    classes = len(inputs.test.classes)
    examples = torch.arange(len(inputs.first.evaluation_images.examples)).unflatten(0, (classes, -1))
    kept = examples[:, : PER_CLASS if inputs.test.labelled else OF_UNLABELLED].flatten()
    variants = {name: _smaller(records, kept) for name, records in inputs.variants.items()}
    return replace(inputs, variants=variants, sweep=replace(inputs.sweep, pictures={}))


def _smaller(records: VariantRecords, examples: Tensor) -> VariantRecords:
    evaluated, latent = records.evaluation_images, records.latent_images
    return replace(
        records,
        evaluation_images=replace(
            evaluated,
            examples=evaluated.examples[examples],
            reconstructions=evaluated.reconstructions[:, examples],
            example_errors=evaluated.example_errors[:, examples],
        ),
        latent_images=replace(
            latent,
            embedding=latent.embedding[:EMBEDDED],
            ends=latent.ends[-LINES:],
            interpolations=latent.interpolations[-LINES:],
            generated={name: images[:GENERATED] for name, images in latent.generated.items()},
            planes={name: plane[::PLANE_STEP, ::PLANE_STEP] for name, plane in sorted(latent.planes.items())[:1]},
        ),
    )
