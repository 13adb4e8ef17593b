"""The corruptions, a file each; params.yaml and dvc.yaml know one by the name of its file."""

from hourglass.data.corruptions import gaussian, gaussian_occlusion, none, occlusion
from hourglass.data.corruptions.kind import CorruptionKind

CORRUPTIONS: dict[str, CorruptionKind] = {
    "none": none.CORRUPTION,
    "gaussian": gaussian.CORRUPTION,
    "occlusion": occlusion.CORRUPTION,
    "gaussian_occlusion": gaussian_occlusion.CORRUPTION,
}

__all__ = ["CORRUPTIONS", "CorruptionKind"]
