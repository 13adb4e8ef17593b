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


class Organised(Part):
    """How well a map of codes is organised: see `latent.organisation` and `latent.least_told`."""

    trustworthiness: float
    map_knn: float
    silhouette: float
    least_told: LeastTold


class CodesDecoded(Part):
    """What codes decode to that no image has.

    class_means_recognised: share of the classes that the classifier sees in the image of their mean code. generation:
    Fréchet distances of images of random codes by the way these are drawn (see `latent.draws`), and of as many
    `training_images`, the floor.
    """

    class_means_recognised: float
    generation: dict[str, float]


class OwnCodes(Organised):
    """Codes of images under the corruption that a variant is trained on: of a map of them, and drawn like them.

    generation: Fréchet distances from the clean test images, by the way codes are drawn (see `latent.fitted`).
    """

    corruption: str
    generation: dict[str, float]


class LatentAnalysis(Organised, Record):
    """One variant's codes of clean images: of a map of `samples` of them, and what they decode to.

    own: the same of the variant's own input, where that is not the clean images.
    """

    stage = "latent-analysis@"
    samples: int
    latent_dim: int
    decoded: CodesDecoded
    own: OwnCodes | None = None


@dataclass(frozen=True)
class LatentImages(TensorRecord):
    """What a variant's codes are and decode to.

    positions: of the first test codes on the map. own_positions: of as many on a map of the codes of the variant's own
    input; none where that is the clean images. codes: of the first test images. Codes are of clean images, but for
    own_positions. ends: indices of the test images between which lines were drawn.
    lines_seen: the class that the classifier gives each image on them. mixtures: of the mean codes of each two classes;
    means_seen: the class that the classifier gives those on the diagonal. generated, generated_codes: by the way the codes
    were drawn. planes: by name, the top row first. plane_of_codes: for a code of two free numbers `images`, and `low`
    and `high`, between which they lie; empty for others. pairs: reconstructions of the first test images. swept: a code
    number a row; swept_units: which, from swept_low to swept_high; swept_live: whether it changes from image to image.
    """

    stage = "latent-analysis@"
    positions: Float32[Tensor, "mapped 2"]
    own_positions: Float32[Tensor, "own_mapped 2"]
    codes: Float32[Tensor, "kept numbers"]
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
