"""Images decoded from random codes, with the codes above them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure
from torch import Tensor

from hourglass.figures.grids import WIDTH, Labels, show
from hourglass.figures.style import STYLE, caption
from hourglass.samplers import SAMPLERS

COLUMNS = 8
PER_LINE, MAX_VALUES = 2, 12  # values of a code above its image

CONSTRAINTS = {
    "relu": " Negative samples become 0, as in a ReLU code.",
    "softmax": " Sampled as log-ratios, so that the values sum to 1.",
}
"""Sentence on sampling by the kind of code."""


@dataclass(frozen=True)
class Samples:
    """Codes (N, K) of one sampler, their images, uint8 (N, 28, 28), and the Fréchet distance of all its images."""

    codes: Tensor
    images: Tensor
    distance: float


def generation(samples: Mapping[str, Samples], floor: float, title: str, code: str = "none", note: str = "") -> Figure:
    """Draw the first images of every sampler.

    Args:
        samples: by sampler.
        floor: Fréchet distance of real training images.
        title: title of the figure.
        code: kind of code, see `CONSTRAINTS`.
        note: another sentence for the caption.
    """
    latent_dim = next(iter(samples.values())).codes.shape[1]
    cut = f" The first {MAX_VALUES} of {latent_dim} values." if latent_dim > MAX_VALUES else ""
    lines = format_code([0.0] * latent_dim).count("\n") + 1
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.9 + (1.25 + 0.11 * lines) * len(samples)))
        panels = figure.subplots(len(samples), 1, squeeze=False)[:, 0]
        for ax, (name, of) in zip(panels, samples.items(), strict=True):
            codes = [format_code(code) for code in of.codes[:COLUMNS].tolist()]
            show(ax, of.images[None, :COLUMNS], Labels(above=codes))
            for text in ax.child_axes[-1].get_xticklabels():
                text.set(fontsize=6.5, family="monospace", rotation=0, ha="center")
            heading = f"{name}: {SAMPLERS[name].description} · Fréchet distance {of.distance:.1f}"
            ax.set_title(heading, fontsize=9, weight="bold", loc="left")
        text = (
            f"Images decoded from random codes, with each code's values above.{cut}{CONSTRAINTS.get(code, '')} Fréchet "
            f"distance from test images in classifier features; real training images reach {floor:.1f}.{note}"
        )
        caption(figure, title, text)
    return figure


def format_code(code: Sequence[float]) -> str:
    """Format a code in lines of two values, at most twelve values."""
    cells = [_format(value) for value in code[:MAX_VALUES]]
    lines = [" ".join(cells[start : start + PER_LINE]) for start in range(0, len(cells), PER_LINE)]
    return "\n".join(lines + ["…"] * (len(code) > MAX_VALUES)).replace("-", "−")


def _format(value: float) -> str:
    decimals = next((decimals for decimals in (2, 1) if len(f"{value:.{decimals}f}") <= 5), 0)
    return f"{round(value, decimals) + 0.0:5.{decimals}f}"  # adding 0 turns -0 into 0
