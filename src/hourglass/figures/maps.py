"""Maps of codes: points in the plane, coloured and marked by class."""

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hourglass.figures.style import COLOURS, MARKERS, STYLE


def class_map(
    positions: NDArray[np.float32],
    labels: NDArray[np.uint8],
    classes: tuple[str, ...],
    title: str,
    caption: str,
) -> Figure:
    """A scatter plot of positions (N, 2), one colour and one mark a class, with the class names in the legend."""
    with rc_context(STYLE):
        figure = Figure(figsize=(8, 6))
        ax = figure.subplots()
        for label, name in enumerate(classes):
            x, y = positions[labels == label].T
            ax.scatter(x, y, s=22, color=COLOURS[label], marker=MARKERS[label], label=name, linewidths=0)
        ax.set(xlabel="t-SNE 1", ylabel="t-SNE 2", title=title)
        ax.set_aspect("equal", adjustable="datalim")
        figure.legend(loc="outside right center", title="class")
        figure.supxlabel(caption, fontsize=9)
    return figure
