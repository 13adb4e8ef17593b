"""Figure of images decoded from random codes, with the values of each code above its image."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from hourglass.corruptions import CORRUPTIONS
from hourglass.figures.grids import WIDTH, Labels, show
from hourglass.figures.style import new_figure, wrap
from hourglass.models.codes import CODE_KINDS
from hourglass.records import LatentAnalysis, LatentImages
from hourglass.samplers import SAMPLERS

COLUMNS = 8
PER_LINE, MAX_VALUES = 2, 12  # values of a code above its image


def generation(images: LatentImages, latent: LatentAnalysis, title: str, code: str = "none") -> Figure:
    """Draw images decoded from random codes, one row per sampler.

    `code` is the kind of latent code, a key of `CODE_KINDS`. The caption states how samples become codes of this kind.
    """
    samplers = [name for name in SAMPLERS if name in images.generated]  # a loaded record is in alphabetical order
    lines = format_code([0.0] * latent.latent_dim).count("\n") + 1
    height = 0.9 + (1.4 + 0.11 * lines) * len(samplers)
    with new_figure(WIDTH, height, title, _caption(latent, code)) as figure:
        panels = figure.subplots(len(samplers), 1, squeeze=False)[:, 0]
        for ax, name in zip(panels, samplers, strict=True):
            codes = [format_code(values) for values in images.generated_codes[name][:COLUMNS].tolist()]
            show(ax, images.generated[name][None, :COLUMNS], Labels(above=codes))
            for text in ax.child_axes[-1].get_xticklabels():
                text.set(fontsize=6.5, family="monospace", rotation=0, ha="center")
            distance = latent.metrics[f"frechet_{name}"]
            heading = f"{name}: {SAMPLERS[name].description} · Fréchet distance {distance:.1f}"
            ax.set_title(wrap(heading, 0.85 * WIDTH), fontsize=9, weight="bold", loc="left")
    return figure


def _caption(latent: LatentAnalysis, code: str) -> str:
    cut = f" The first {MAX_VALUES} of {latent.latent_dim} values." if latent.latent_dim > MAX_VALUES else ""
    text = (
        f"Images decoded from random codes, with each code's values above.{cut}{CODE_KINDS[code].sampled} Fréchet "
        f"distance from test images in classifier features; between halves of the test set (every second image) it is "
        f"{latent.frechet_test_halves:.1f}."
    )
    if latent.in_domain is None:
        return text
    keys = {name: f"in_domain_frechet_{name}" for name in SAMPLERS}
    values = ", ".join(f"{name} {latent.metrics[key]:.1f}" for name, key in keys.items() if key in latent.metrics)
    return f"{text} Fitted to codes of images with {CORRUPTIONS[latent.in_domain.corruption].description}: {values}."


def format_code(code: Sequence[float]) -> str:
    """Format a code as text with two values per line. An ellipsis replaces all values after the twelfth."""
    cells = [_format(value) for value in code[:MAX_VALUES]]
    lines = [" ".join(cells[start : start + PER_LINE]) for start in range(0, len(cells), PER_LINE)]
    return "\n".join(lines + ["…"] * (len(code) > MAX_VALUES)).replace("-", "−")


def _format(value: float) -> str:
    decimals = next((decimals for decimals in (2, 1) if len(f"{value:.{decimals}f}") <= 5), 0)
    return f"{round(value, decimals) + 0.0:5.{decimals}f}"  # adding 0 turns -0 into 0
