"""Common style of all figures, and functions to create and save figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import ceil
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from hourglass.files import replacing

# ten colours that are distinct with any colour vision (Petroff 2021)
COLOURS: tuple[str, ...] = tuple(entry["color"] for entry in matplotlib.style.library["petroff10"]["axes.prop_cycle"])
MARKERS = "osD^v<>PX*"  # one per class or variant, so that colour is not needed
MOST_BYTES = 120_000  # of a PNG file, where 32 levels of grey suffice for that

STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.1,  # inches
}


@contextmanager
def new_figure(width: float, height: float, title: str, caption: str = "") -> Iterator[Figure]:
    """Yield an empty figure of `width` × `height` inches in the common style. Title and caption are added on exit."""
    with rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        yield figure
        figure.suptitle(title, fontsize=11)
        if caption:
            figure.supxlabel(wrap(caption, width), fontsize=9)


def save(figure: Figure, path: Path) -> None:
    """Write a figure atomically to a PNG file with at most 256 colours. The output is deterministic.

    If the file would exceed 120 kB and the figure has no colour images, the colours are reduced to 64 or 32.
    """
    drawn = BytesIO()
    with rc_context(STYLE):
        figure.savefig(drawn, dpi=120)
    picture = Image.open(drawn).convert("RGB")
    coloured = any(np.asarray(image.get_array()).ndim == 3 for ax in figure.axes for image in ax.images)
    for colours in (256,) if coloured else (256, 64, 32):  # this method keeps greys grey
        reduced = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        reduced.save(small := BytesIO(), "PNG", optimize=True)
        if small.tell() <= MOST_BYTES:
            break
    with replacing(path) as part:
        part.write_bytes(small.getvalue())


def wrap(text: str, width: float) -> str:
    """Wrap a caption into lines of about equal length that fit below a figure of `width` inches."""
    lines = max(1, ceil(len(text) / (13.5 * width)))
    lengths = range(max(1, len(text) // lines), len(text) + 2)
    return next(wrapped for length in lengths if (wrapped := fill(text, length)).count("\n") < lines)
