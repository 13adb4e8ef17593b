"""What the codes look like, and what lies between them."""

from hourglass.latent.analysis import analyse
from hourglass.latent.decoding import decoded
from hourglass.latent.frechet import Realism
from hourglass.latent.interpolation import class_means, lines, mixtures, pairs
from hourglass.latent.samplers import draws, fitted, mixture, uniform
from hourglass.latent.table import write_map
from hourglass.latent.traversals import Sweep, limits, patch, plane, principal_plane, traversal
from hourglass.latent.tsne import layout, least_told, leave_one_out_accuracy, organisation, silhouette, tsne

__all__ = [
    "Realism",
    "Sweep",
    "analyse",
    "class_means",
    "decoded",
    "draws",
    "fitted",
    "layout",
    "least_told",
    "leave_one_out_accuracy",
    "limits",
    "lines",
    "mixture",
    "mixtures",
    "organisation",
    "pairs",
    "patch",
    "plane",
    "principal_plane",
    "silhouette",
    "traversal",
    "tsne",
    "uniform",
    "write_map",
]
