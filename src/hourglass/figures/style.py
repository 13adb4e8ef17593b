"""One look for every figure, and how it gets to disk."""

from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib import rc_context
from matplotlib.figure import Figure

from hourglass.files import replacing

# ten colours told apart with any colour vision (Petroff 2021)
COLOURS: tuple[str, ...] = tuple(entry["color"] for entry in matplotlib.style.library["petroff10"]["axes.prop_cycle"])
# told apart without colour too: every class or variant its own mark
MARKERS = "osD^v<>PX*"

STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


def save(figure: Figure, path: Path) -> None:
    """Write a PNG; the file appears whole or not at all, with the same bytes for the same figure."""
    with rc_context(STYLE), replacing(path) as part:
        figure.savefig(part, dpi=120, metadata={"Software": None})
