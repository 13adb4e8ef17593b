"""Scatter plots of two-dimensional embeddings, with one colour and marker per class."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.grids import draw
from hourglass.figures.style import COLOURS, MARKERS, new_figure
from hourglass.metrics import Row
from hourglass.records import Embedding

LEGEND_ROWS = 25

Classes = tuple[str, ...]


def embedding(
    points: Tensor, labels: Tensor, classes: Classes, quality: Embedding, latent_dim: int, images: str, title: str
) -> Figure:
    """Plot a two-dimensional embedding of latent codes, with a class legend and quality metrics in the caption.

    `points` has shape (N, 2), and `labels` has shape (N,). `images` describes the encoded images for the caption.
    """
    text = f"Codes of {len(points)} {images}, latent dimension {latent_dim}. "
    if (worst := quality.worst_class) is not None:
        taken = "" if worst.predicted_as == worst.label else f", mostly assigned to {classes[worst.predicted_as]}"
        text += (
            f"10-NN accuracy in the embedding {quality.knn:.0%}, lowest for {classes[worst.label]} "
            f"({worst.accuracy:.0%}{taken}). Silhouette {quality.silhouette:.2f} (1: classes well apart, "
            "0: overlapping). "
        )
    text += f"Trustworthiness {quality.trustworthiness:.3f} of 1."
    with new_figure(8, 6, title, text) as figure:
        ax = figure.subplots()
        _scatter(ax, points, labels, classes, latent_dim)
        ax.set_aspect("equal", adjustable="datalim")
        _add_legend(figure, ax, classes)
    return figure


def side_by_side(
    embeddings: Mapping[str, Tensor], labels: Tensor, rows: Mapping[str, Row], classes: Classes, title: str
) -> Figure:
    """Plot the embedding (N, 2) of each variant in its own panel, with the 10-NN accuracy in the embedding.

    `rows` holds the metrics of each variant. Points are coloured by their `labels` (N,).
    """
    columns = min(4, len(embeddings))
    count = ceil(len(embeddings) / columns)
    text = f"t-SNE of the codes of the same {len(labels)} test images; two-dimensional codes are drawn as they are."
    with new_figure(1.6 + 2.7 * columns, 0.9 + 3.15 * count, title, text) as figure:
        panels = figure.subplots(count, columns, squeeze=False).flat
        for ax, (name, points) in zip(panels, embeddings.items(), strict=False):
            _scatter(ax, points, labels, classes, rows[name]["latent_dim"], size=9)
            ax.set_title(name, fontsize=10, weight="bold", pad=16)
            if (knn := rows[name]["embedding_knn"]) is not None:
                note = f"10-NN accuracy {knn:.0%}"
                ax.annotate(note, (0.5, 1), (0, 5), "axes fraction", "offset points", ha="center", fontsize=8)
            ax.set(xticks=[], yticks=[])
            ax.set_box_aspect(1)
            ax.set_aspect("equal", adjustable="datalim")
        for ax in panels[len(embeddings) :]:
            ax.set_visible(False)
        _add_legend(figure, panels[0], classes, markerscale=2)
    return figure


def latent_plane(plane: Mapping[str, Tensor], codes: Tensor, labels: Tensor, classes: Classes, title: str) -> Figure:
    """Draw images decoded from a grid of two-dimensional codes beside a scatter plot of codes (N, 2).

    `plane` holds `images`, uint8 (rows, columns, H, W) or (rows, columns, C, H, W), with the largest second coordinate
    in the first row. It also holds the limits of the grid, `low` (2,) and `high` (2,).
    """
    low, high = plane["low"].tolist(), plane["high"].tolist()
    inside = ((codes >= plane["low"]) & (codes <= plane["high"])).all(dim=1).double().mean()
    steps = len(plane["images"])
    text = (
        f"Left: {steps} × {steps} decoded codes. Right: codes of {len(codes)} clean test images "
        f"between the 1st and 99th percentile of both dimensions, which contain {inside:.0%} of them."
    )
    images = plane["images"] if plane["images"].dim() == 5 else plane["images"].unsqueeze(2)
    with new_figure(12, 6, title, text) as figure:
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        _scatter(right, codes, labels, classes, latent_dim=2)
        extent = (low[0], high[0], low[1], high[1])
        draw(left, images, gap=0, extent=extent, aspect="auto")
        left.set(xlabel=right.get_xlabel(), ylabel=right.get_ylabel(), xlim=extent[:2], ylim=extent[2:])
        left.set_title("decoded")
        left.grid(False)
        right.set(title="test images")
        for ax in (left, right):
            ax.set_box_aspect(1)
        _add_legend(figure, right, classes)
    return figure


def _add_legend(figure: Figure, ax: Axes, classes: Classes, **options: Any) -> None:
    """Add a legend of the classes in `ax` with at most 25 entries per column. A single class gets no legend."""
    if len(classes) > 1:
        columns = ceil(len(classes) / LEGEND_ROWS)
        handles = ax.get_legend_handles_labels()
        figure.legend(*handles, loc="outside right center", title="class", ncols=columns, **options)


def _scatter(ax: Axes, points: Tensor, labels: Tensor, classes: Classes, latent_dim: int, size: float = 22) -> None:
    """Plot points (N, 2) coloured by class. Label the axes as latent dimensions if `latent_dim` is 2, else as t-SNE."""
    for label, name in enumerate(classes):
        x, y = points[labels == label].T.numpy()
        # above ten classes, the colours repeat with other markers
        colour, marker = COLOURS[label % len(COLOURS)], MARKERS[(label + label // len(COLOURS)) % len(MARKERS)]
        ax.scatter(x, y, s=size, color=colour, marker=marker, label=name, linewidths=0)
    axis = "latent dimension" if latent_dim == 2 else "t-SNE"
    ax.set(xlabel=f"{axis} 1", ylabel=f"{axis} 2")
