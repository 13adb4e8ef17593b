"""What the codes look like, and what lies between them."""

from hourglass.latent.between import class_means, lines, mixtures, pairs
from hourglass.latent.decoded import Decoded
from hourglass.latent.embedding import layout, least_told, leave_one_out_accuracy, organisation, silhouette, tsne
from hourglass.latent.generation import draws, mixture, uniform
from hourglass.latent.realism import Realism
from hourglass.latent.sweeps import REACH, Sweep, limits, patch, plane, principal_plane, traversal
from hourglass.latent.table import read_map, write_map

__all__ = [
    "REACH",
    "Decoded",
    "Realism",
    "Sweep",
    "class_means",
    "draws",
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
    "read_map",
    "silhouette",
    "traversal",
    "tsne",
    "uniform",
    "write_map",
]
