"""Figures of the losses of stochastic, mini-batch and full-batch gradient descent."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from hourglass import datasets
from hourglass.figures.style import COLOURS, MARKERS, new_figure
from hourglass.records import Study, StudyCurves

Axis = Literal["passes", "updates", "seconds"]
Columns = Mapping[str, Sequence[float]]

LABELS: dict[Axis, str] = {
    "passes": "passes over the images (log)",
    "updates": "weight updates (log)",
    "seconds": "CPU seconds spent on updates (log)",
}
MEAN_IMAGE: dict[str, Any] = {"color": "0.5", "linestyle": "-.", "linewidth": 1}
TARGET: dict[str, Any] = {"color": "0.1", "linestyle": ":", "linewidth": 1.2}


def losses(study: Study, curves: StudyCurves, dataset: str) -> Figure:
    """Plot the losses of each gradient descent method against passes through the data and against weight updates."""
    return _draw(study, curves.methods, ["passes", "updates"], dataset)


def losses_by_the_clock(study: Study, curves: StudyCurves, seconds: Columns, dataset: str) -> Figure:
    """Plot the losses of each method against CPU time. `seconds` holds the measurement times, keyed by method."""
    timed = {name: {**columns, "seconds": seconds[name]} for name, columns in curves.methods.items()}
    return _draw(study, timed, ["seconds"], dataset, " One CPU thread, without evaluation; differs from run to run.")


def _draw(study: Study, methods: Mapping[str, Columns], axes: Sequence[Axis], dataset: str, note: str = "") -> Figure:
    """Plot the losses on the training subset (solid) and the test set (dashed), with one panel per x-axis in `axes`."""
    title = f"{datasets.title(dataset)}: gradient descent on the network of linear"
    text = f"Same initial weights and {study.images:,} training images; no momentum.{note}"
    with new_figure(3.2 + 4.4 * len(axes), 4.8, title, text) as figure:
        panels = figure.subplots(1, len(axes), sharey=True, squeeze=False)[0]
        for ax, axis in zip(panels, axes, strict=True):
            for number, columns in enumerate(methods.values()):
                common: dict[str, Any] = {"color": COLOURS[number], "markersize": 4, "markevery": 0.1}
                # the initial weights, at 0, are not on a logarithmic axis
                ax.plot(columns[axis][1:], columns["train_mse"][1:], "-", marker=MARKERS[number], **common)
                ax.plot(columns[axis][1:], columns["test_mse"][1:], "--", linewidth=1, **common)
            ax.axhline(study.mean_image_mse, **MEAN_IMAGE)
            ax.axhline(study.target_mse, **TARGET)
            ax.set(xlabel=LABELS[axis], xscale="log", yscale="log")
            ax.yaxis.set_major_formatter("{x:.2f}")
            ax.yaxis.set_minor_formatter("{x:.2f}")
        panels[0].set_ylabel("mean squared error per pixel, [0, 1]")
        figure.legend(handles=_legend(study), loc="outside right center", labelspacing=1)
    return figure


def _legend(study: Study) -> list[Line2D]:
    methods = []
    for number, (name, method) in enumerate(study.methods.items()):
        label = f"{name}\nbatch size {method.batch_size:,},\nlearning rate {method.learning_rate:g}"
        methods.append(Line2D([], [], color=COLOURS[number], marker=MARKERS[number], markersize=5, label=label))
    return [
        *methods,
        Line2D([], [], color="0.3", linestyle="-", label="training subset"),
        Line2D([], [], color="0.3", linestyle="--", label="test set"),
        Line2D([], [], label="mean image", **MEAN_IMAGE),
        Line2D([], [], label="target", **TARGET),
    ]
