"""Figures that compare all variants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures import curves, embeddings, grids
from hourglass.figures.overview import overview
from hourglass.metrics import Row
from hourglass.records import Curve


@dataclass(frozen=True)
class ComparisonData:
    """What the figures show, by variant where it is a mapping.

    Attributes:
        title: data set and overrides, such as `MNIST latent=2`.
        classes: class names.
        clean: example test images, one per class, uint8 (C, 28, 28).
        noisy: the same images with Gaussian noise.
        reconstructions: reconstructions of the clean examples.
        denoised: reconstructions of the noisy examples.
        rows: metrics of the pipeline's run.
        values: by metric key, the values of all seeds.
        losses: curves (epoch, MSE) on `training` and on `test` images.
        label_accuracy: curves (epoch, share).
        embeddings: embeddings (N, 2).
        labels: classes (N,) of the embedded test images.
    """

    title: str
    classes: tuple[str, ...]
    clean: Tensor
    noisy: Tensor
    reconstructions: Mapping[str, Tensor]
    denoised: Mapping[str, Tensor]
    rows: Mapping[str, Row]
    values: Mapping[str, Mapping[str, Sequence[float]]]
    losses: Mapping[str, Mapping[str, Curve]]
    label_accuracy: Mapping[str, Curve]
    embeddings: Mapping[str, Tensor]
    labels: Tensor


def pictures(data: ComparisonData) -> dict[str, Figure]:
    """Draw all figures, by file name."""
    title = data.title
    training, test = ({name: of[images] for name, of in data.losses.items()} for images in ("training", "test"))
    notes = {name: f"10-NN accuracy {row['embedding_knn']:.0%}" for name, row in data.rows.items()}
    axes = {name: embeddings.axis_names(int(row["latent_dim"] or 0)) for name, row in data.rows.items()}
    denoised = {"input": data.noisy, **data.denoised, "original": data.clean}
    return {
        "overview": overview(data.clean, data.reconstructions, data.values, f"{title}: overview"),
        "losses": curves.losses(training, test, f"{title}: loss by epoch"),
        "label-accuracy": curves.label_accuracy(data.label_accuracy, f"{title}: label accuracy by epoch"),
        "reconstructions": grids.rows(
            {"test image": data.clean, **data.reconstructions}, f"{title}: reconstructions", data.classes
        ),
        "restorations": grids.rows(denoised, f"{title}: test images with Gaussian noise, denoised", data.classes),
        "codes": embeddings.side_by_side(
            data.embeddings, data.labels, notes, axes, data.classes, f"{title}: embeddings of the codes"
        ),
    }
