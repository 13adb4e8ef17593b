"""The corruptions, a file each; params.yaml and dvc.yaml know one by the name of its file."""

from hourglass.corruptions import gaussian, gaussian_occlusion, gaussian_range, none, occlusion
from hourglass.corruptions.base import CorruptionKind

CORRUPTIONS: dict[str, CorruptionKind] = {
    "none": none.CORRUPTION,
    "gaussian": gaussian.CORRUPTION,
    "occlusion": occlusion.CORRUPTION,
    "gaussian_occlusion": gaussian_occlusion.CORRUPTION,
    "gaussian_range": gaussian_range.CORRUPTION,
}

TESTED: dict[str, CorruptionKind] = {name: kind for name, kind in CORRUPTIONS.items() if name != "gaussian_range"}
"""Under which every variant is measured; the rest is to be trained on."""

from hourglass.corruptions.corrupted_images import Inputs  # noqa: E402
from hourglass.corruptions.corruption import Corruption  # noqa: E402

__all__ = ["CORRUPTIONS", "TESTED", "Corruption", "CorruptionKind", "Inputs"]
