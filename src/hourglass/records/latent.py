"""What a variant's codes are like."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from hourglass.records.base import Part, Record, TensorRecord


class LeastTold(Part):
    """The class that a map tells worst, the share of it that is told, and the class it is mostly taken for."""

    label: int
    share: float
    taken_for: int


class LatentAnalysis(Record):
    """One variant's codes. generation: Fréchet distances by the way codes are drawn, and of `training_images`."""

    stage = "latent-analysis@"
    samples: int
    code_size: int
    trustworthiness: float
    map_knn: float
    silhouette: float
    least_told: LeastTold
    class_means_recognised: float
    generation: dict[str, float]


@dataclass(frozen=True)
class LatentImages(TensorRecord):
    """What a variant's codes are and decode to; all images uint8.

    positions: of the first test codes on the map, float32 (M, 2). ends: indices (P, 2) of the test images between
    which lines were drawn. lines: (P, S, 28, 28); lines_seen: the class that the judge gives each (P, S). mixtures:
    (C, C, 28, 28), of the mean codes of each two classes; means_seen: the class (C,) that the judge gives those on
    the diagonal. generated: (G, 28, 28) by the way their codes were drawn; generated_codes: (G, K). planes: (S, S, 28,
    28) by name, the top row first. plane_of_codes: for a code of two numbers `images` (S, S, 28, 28), and `low` and
    `high` (2,), between which they lie; empty for others. pairs: reconstructions (100, 28, 28) of the first test
    images. swept: (R, S, 28, 28), a code number a row; swept_units (R,), from swept_low (R,) to swept_high (R,);
    swept_live (R,), whether it changes from image to image.
    """

    stage = "latent-analysis@"
    positions: Tensor
    ends: Tensor
    lines: Tensor
    lines_seen: Tensor
    mixtures: Tensor
    means_seen: Tensor
    generated: Mapping[str, Tensor]
    generated_codes: Mapping[str, Tensor]
    planes: Mapping[str, Tensor]
    plane_of_codes: Mapping[str, Tensor]
    pairs: Tensor
    swept: Tensor
    swept_units: Tensor
    swept_low: Tensor
    swept_high: Tensor
    swept_live: Tensor
