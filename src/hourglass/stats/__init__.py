"""Statistics over seeds and test images, computed from recorded values."""

from hourglass.stats.curves import (
    interpolation_agreement,
    most_confused,
    neighbour_confusion,
    settled_epoch,
    stray_mixtures,
    strays,
)
from hourglass.stats.seeds import Curves, Group, groups, varying
from hourglass.stats.significance import Difference, Runs, compare, compare_with_constant, holm
from hourglass.stats.similarity import CodeSimilarity, code_similarity, nearest

__all__ = [
    "CodeSimilarity",
    "Curves",
    "Difference",
    "Group",
    "Runs",
    "code_similarity",
    "compare",
    "compare_with_constant",
    "groups",
    "holm",
    "interpolation_agreement",
    "most_confused",
    "nearest",
    "neighbour_confusion",
    "settled_epoch",
    "stray_mixtures",
    "strays",
    "varying",
]
