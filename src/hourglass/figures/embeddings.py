"""Scatter plots of two-dimensional embeddings, coloured and marked by class."""

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.grids import canvas
from hourglass.figures.style import COLOURS, MARKERS, STYLE, caption
from hourglass.records import Embedding

Classes = tuple[str, ...]
TSNE = ("t-SNE 1", "t-SNE 2")
LATENT = ("latent dimension 1", "latent dimension 2")


def axis_names(latent_dim: int) -> tuple[str, str]:
    """Return the names of the axes: two-dimensional codes are drawn as they are, others by t-SNE."""
    return LATENT if latent_dim == 2 else TSNE


def describe(quality: Embedding, images: str, count: int, latent_dim: int, classes: Classes) -> str:
    """Return the caption of an embedding of `count` codes of `images` with `latent_dim` dimensions."""
    worst = quality.worst_class
    taken = "" if worst.predicted_as == worst.label else f", mostly assigned to {classes[worst.predicted_as]}"
    return (
        f"Codes of {count} {images}, latent dimension {latent_dim}. 10-NN accuracy in the embedding {quality.knn:.0%}, "
        f"lowest for {classes[worst.label]} ({worst.accuracy:.0%}{taken}). Silhouette {quality.silhouette:.2f} (1: "
        f"classes well apart, 0: overlapping). Trustworthiness {quality.trustworthiness:.3f} of 1."
    )


def embedding(
    points: Tensor, labels: Tensor, classes: Classes, title: str, text: str, axes: tuple[str, str] = TSNE
) -> Figure:
    """Draw one embedding (N, 2) with labels (N,) and a legend of the class names.

    Args:
        points: positions.
        labels: classes.
        classes: class names.
        title: title of the figure.
        text: caption.
        axes: axis labels.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=(8, 6))
        ax = figure.subplots()
        _scatter(ax, points, labels, classes, axes)
        ax.set_aspect("equal", adjustable="datalim")
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right center", title="class")
        caption(figure, title, text)
    return figure


def side_by_side(
    embeddings: Mapping[str, Tensor],
    labels: Tensor,
    notes: Mapping[str, str],
    axes: Mapping[str, tuple[str, str]],
    classes: Classes,
    title: str,
) -> Figure:
    """Draw the embeddings (N, 2) of several variants with one legend.

    Args:
        embeddings: positions by variant.
        labels: classes (N,).
        notes: a line under each variant's name.
        axes: axis labels by variant.
        classes: class names.
        title: title of the figure.
    """
    columns = min(4, len(embeddings))
    count = ceil(len(embeddings) / columns)
    with rc_context(STYLE):
        figure = Figure(figsize=(1.6 + 2.7 * columns, 0.9 + 3.15 * count))
        panels = figure.subplots(count, columns, squeeze=False).flat
        for ax, (name, points) in zip(panels, embeddings.items(), strict=False):
            _scatter(ax, points, labels, classes, axes[name], size=9)
            ax.set_title(name, fontsize=10, weight="bold", pad=16)
            ax.annotate(notes[name], (0.5, 1), (0, 5), "axes fraction", "offset points", ha="center", fontsize=8)
            ax.set(xticks=[], yticks=[])
            ax.set_box_aspect(1)
            ax.set_aspect("equal", adjustable="datalim")
        for ax in panels[len(embeddings) :]:
            ax.set_visible(False)
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside right center", title="class", markerscale=2)
        text = f"t-SNE of the codes of the same {len(labels)} test images; two-dimensional codes are drawn as they are."
        caption(figure, title, text)
    return figure


def latent_plane(
    images: Tensor,
    limits: tuple[Sequence[float], Sequence[float]],
    codes: Tensor,
    labels: Tensor,
    classes: Classes,
    title: str,
) -> Figure:
    """Draw the decoded plane of a two-dimensional latent space beside the codes of test images.

    Args:
        images: decoded images, uint8 (S, S, 28, 28), the first row at the top.
        limits: lower and upper limits of both dimensions.
        codes: codes (N, 2) of test images.
        labels: their classes (N,).
        classes: class names.
        title: title of the figure.
    """
    low, high = limits
    points = codes.numpy()
    inside = ((points >= np.asarray(low)) & (points <= np.asarray(high))).all(axis=1).mean()
    with rc_context(STYLE):
        figure = Figure(figsize=(12, 6))
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        _scatter(right, codes, labels, classes, LATENT)
        extent = (low[0], high[0], low[1], high[1])
        left.imshow(canvas(images, gap=0), cmap="gray", vmin=0, vmax=1, extent=extent, aspect="auto")
        left.set(xlabel=LATENT[0], ylabel=LATENT[1], title="decoded", xlim=extent[:2], ylim=extent[2:])
        left.grid(False)
        right.set(title="test images")
        for ax in (left, right):
            ax.set_box_aspect(1)
        figure.legend(*right.get_legend_handles_labels(), loc="outside right center", title="class")
        text = (
            f"Left: {len(images)} × {len(images)} decoded codes. Right: codes of {len(points)} clean test images "
            f"between the 1st and 99th percentile of both dimensions, which contain {inside:.0%} of them."
        )
        caption(figure, title, text)
    return figure


def _scatter(
    ax: Axes, points: Tensor, labels: Tensor, classes: Classes, names: tuple[str, str], size: float = 22
) -> None:
    for label, name in enumerate(classes):
        x, y = points[labels == label].T.numpy()
        ax.scatter(x, y, s=size, color=COLOURS[label], marker=MARKERS[label], label=name, linewidths=0)
    ax.set(xlabel=names[0], ylabel=names[1])
