"""Analysis of a latent space: embedding, interpolation, class means, random samples and traversals."""

from hourglass.latent.analysis import analyse
from hourglass.latent.context import Context
from hourglass.latent.decoding import decode_means_and_samples, in_domain_frechet
from hourglass.latent.traversals import PLANE_EXTENT_SD, corners

__all__ = ["PLANE_EXTENT_SD", "Context", "analyse", "corners", "decode_means_and_samples", "in_domain_frechet"]
