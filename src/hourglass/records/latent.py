"""What a variant's codes are like."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Bool, Float32, Int64, UInt8
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
    """What a variant's codes are and decode to.

    positions: of the first test codes on the map. ends: indices of the test images between which lines were drawn.
    lines_seen: the class that the judge gives each image on them. mixtures: of the mean codes of each two classes;
    means_seen: the class that the judge gives those on the diagonal. generated, generated_codes: by the way the codes
    were drawn. planes: by name, the top row first. plane_of_codes: for a code of two numbers `images`, and `low` and
    `high`, between which they lie; empty for others. pairs: reconstructions of the first test images. swept: a code
    number a row; swept_units: which, from swept_low to swept_high; swept_live: whether it changes from image to image.
    """

    stage = "latent-analysis@"
    positions: Float32[Tensor, "mapped 2"]
    ends: Int64[Tensor, "lines 2"]
    lines: UInt8[Tensor, "lines steps 28 28"]
    lines_seen: UInt8[Tensor, "lines steps"]
    mixtures: UInt8[Tensor, "classes classes 28 28"]
    means_seen: UInt8[Tensor, "classes"]
    generated: Mapping[str, UInt8[Tensor, "generated 28 28"]]
    generated_codes: Mapping[str, Float32[Tensor, "generated numbers"]]
    planes: Mapping[str, UInt8[Tensor, "side side 28 28"]]
    plane_of_codes: Mapping[str, Tensor]
    pairs: UInt8[Tensor, "pairs 28 28"]
    swept: UInt8[Tensor, "swept sweep 28 28"]
    swept_units: Int64[Tensor, "swept"]
    swept_low: Float32[Tensor, "swept"]
    swept_high: Float32[Tensor, "swept"]
    swept_live: Bool[Tensor, "swept"]
