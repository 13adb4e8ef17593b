"""Results of the stage latent-analysis."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Bool, Float32, Int64, UInt8
from torch import Tensor

from hourglass.records.base import Metrics, Part, Record, TensorRecord


class WorstClass(Part):
    """The class with the lowest 10-NN accuracy in an embedding, and the class its points are mostly assigned to."""

    label: int
    accuracy: float
    predicted_as: int


class Embedding(Part):
    """Quality of a two-dimensional embedding.

    Attributes:
        trustworthiness: whether neighbours in the embedding are neighbours in latent space (Venna & Kaski 2001).
        knn: leave-one-out 10-NN accuracy of its points.
        silhouette: mean silhouette coefficient of the classes.
    """

    trustworthiness: float
    knn: float
    silhouette: float
    worst_class: WorstClass


class InDomainLatent(Part):
    """Codes of images under the training corruption: quality of their embedding, and Fréchet distances by sampler."""

    corruption: str
    embedding: Embedding
    metrics: Metrics


class LatentAnalysis(Record):
    """Results on the codes of one variant.

    Attributes:
        samples: number of embedded codes.
        metrics: metrics by the keys of `hourglass.metrics`.
        embedding: quality of the t-SNE embedding of clean test images.
        frechet_training_images: Fréchet distance of real training images from the test images, the floor.
        in_domain: results under the training corruption; None if that is `none`.
    """

    stage = "latent-analysis@"
    samples: int
    latent_dim: int
    metrics: Metrics
    embedding: Embedding
    frechet_training_images: float
    in_domain: InDomainLatent | None = None


@dataclass(frozen=True)
class LatentImages(TensorRecord):
    """Codes of one variant, and images decoded from codes. Images are of clean input unless said otherwise.

    Attributes:
        embedding: t-SNE embedding of the first test codes.
        in_domain_embedding: t-SNE embedding under the training corruption; empty if that is `none`.
        codes: codes of the first test images.
        ends: indices of the test images at both ends of each interpolation.
        interpolations: images decoded along straight lines between two codes, ends included.
        interpolation_predictions: class of each of these according to the classifier.
        mixtures: images of the mean of each pair of class means; the class means are on the diagonal.
        mean_predictions: class of the images on the diagonal.
        generated: images of random codes by sampler.
        planes: decoded grids of codes by name, the top row first.
        latent_plane: for two free latent dimensions, `images` of the whole plane with its `low` and `high` corner.
        reconstructions: reconstructions of the first test images.
        traversal: images along one latent dimension per row: `traversal_dims`, from `traversal_low` in the first
            column to `traversal_high` in the last one; `traversal_active` if it is an active unit.
    """

    stage = "latent-analysis@"
    embedding: Float32[Tensor, "embedded 2"]
    in_domain_embedding: Float32[Tensor, "in_domain_embedded 2"]
    codes: Float32[Tensor, "codes dims"]
    ends: Int64[Tensor, "lines 2"]
    interpolations: UInt8[Tensor, "lines steps 28 28"]
    interpolation_predictions: UInt8[Tensor, "lines steps"]
    mixtures: UInt8[Tensor, "classes classes 28 28"]
    mean_predictions: UInt8[Tensor, "classes"]
    generated: Mapping[str, UInt8[Tensor, "generated 28 28"]]
    generated_codes: Mapping[str, Float32[Tensor, "generated dims"]]
    planes: Mapping[str, UInt8[Tensor, "side side 28 28"]]
    latent_plane: Mapping[str, Tensor]
    reconstructions: UInt8[Tensor, "reconstructions 28 28"]
    traversal: UInt8[Tensor, "traversed traversal_steps 28 28"]
    traversal_dims: Int64[Tensor, "traversed"]
    traversal_low: Float32[Tensor, "traversed"]
    traversal_high: Float32[Tensor, "traversed"]
    traversal_active: Bool[Tensor, "traversed"]
