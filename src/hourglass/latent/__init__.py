"""Analysis of a latent space: embedding, interpolation, class means, random samples and traversals."""

from hourglass.latent.analysis import analyse
from hourglass.latent.context import Context
from hourglass.latent.decoding import decode_means_and_samples
from hourglass.latent.traversals import CORNERS, PLANE_EXTENT_SD

__all__ = ["CORNERS", "PLANE_EXTENT_SD", "Context", "analyse", "decode_means_and_samples"]
