"""Records of the stage `latent-analysis`."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Bool, Float32, Int64, UInt8
from torch import Tensor

from hourglass.records.base import Metrics, Part, Record, TensorRecord


class WorstClass(Part):
    """The class with the lowest 10-NN accuracy in an embedding, and the most frequent prediction for that class."""

    label: int
    accuracy: float
    predicted_as: int


class Embedding(Part):
    """Quality of a two-dimensional embedding. All fields except `trustworthiness` are None for unlabelled images.

    Attributes:
        trustworthiness: how well neighbours in the embedding match neighbours in latent space (Venna & Kaski 2001).
        knn: leave-one-out 10-NN accuracy in the embedding.
        silhouette: mean silhouette coefficient, with the classes as clusters.
    """

    trustworthiness: float
    knn: float | None = None
    silhouette: float | None = None
    worst_class: WorstClass | None = None


class InDomainLatent(Part):
    """Quality of the embedding of test images under the training corruption."""

    corruption: str
    embedding: Embedding


class LatentAnalysis(Record):
    """Results of the latent analysis of one variant.

    Attributes:
        samples: number of embedded codes.
        metrics: metrics, keyed as in `hourglass.metrics`.
        embedding: quality of the two-dimensional embedding of clean test images.
        frechet_test_halves: Fréchet distance between test images with even and with odd indices, a reference for the
            distances of generated images.
        in_domain: results under the training corruption, or None if the variant is trained on clean images.
    """

    stage = "latent-analysis@"
    samples: int
    latent_dim: int
    metrics: Metrics
    embedding: Embedding
    frechet_test_halves: float
    in_domain: InDomainLatent | None = None


@dataclass(frozen=True)
class LatentImages(TensorRecord):
    """Latent codes and decoded images of one variant. Unless stated otherwise, the codes are those of clean images.

    Attributes:
        embedding: t-SNE embedding of the codes of the first test images. Two-dimensional codes are left unchanged.
        in_domain_embedding: embedding under the training corruption. Empty if the variant is trained on clean images.
        codes: codes of the first test images.
        ends: indices of the two test images at the ends of each interpolation.
        interpolations: images decoded along straight lines between pairs of codes, including both ends.
        interpolation_predictions: predicted class of each image in `interpolations`.
        mixtures: images decoded from the midpoints of all pairs of class means, for at most the first 20 classes. The
            diagonal holds the decoded class means. Empty for unlabelled images.
        mixture_predictions: predicted class of each image in `mixtures`.
        mean_predictions: predicted class of each decoded class mean. Empty for unlabelled images.
        generated: images decoded from random codes, keyed by sampler.
        generated_codes: random codes of the images in `generated`, keyed by sampler.
        planes: images decoded from grids of codes, with the top row first. The grid `principal` lies in the plane of
            the first two principal directions of the codes, the grid `images` between the codes of four test images.
        latent_plane: `images` decoded from a grid over the latent space, and its limits, `low` and `high`. Empty for
            softmax codes and for latent dimensions other than 2.
        reconstructions: reconstructions of the first test images.
        traversal: images decoded along one latent dimension per row.
        traversal_dims: index of the latent dimension in each row.
        traversal_low: value of the latent dimension in the first column of each row.
        traversal_high: value of the latent dimension in the last column of each row.
        traversal_active: whether the latent dimension in each row is an active unit.
    """

    stage = "latent-analysis@"
    embedding: Float32[Tensor, "embedded 2"]
    in_domain_embedding: Float32[Tensor, "in_domain_embedded 2"]
    codes: Float32[Tensor, "codes dims"]
    ends: Int64[Tensor, "lines 2"]
    interpolations: UInt8[Tensor, "lines steps channels height width"]
    interpolation_predictions: UInt8[Tensor, "lines steps"]
    mixtures: UInt8[Tensor, "mixed mixed channels height width"]
    mixture_predictions: UInt8[Tensor, "mixed mixed"]
    mean_predictions: UInt8[Tensor, "classes"]
    generated: Mapping[str, UInt8[Tensor, "generated channels height width"]]
    generated_codes: Mapping[str, Float32[Tensor, "generated dims"]]
    planes: Mapping[str, UInt8[Tensor, "side side channels height width"]]
    latent_plane: Mapping[str, Tensor]
    reconstructions: UInt8[Tensor, "reconstructions channels height width"]
    traversal: UInt8[Tensor, "traversed traversal_steps channels height width"]
    traversal_dims: Int64[Tensor, "traversed"]
    traversal_low: Float32[Tensor, "traversed"]
    traversal_high: Float32[Tensor, "traversed"]
    traversal_active: Bool[Tensor, "traversed"]
