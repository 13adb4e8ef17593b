"""A description in, a network out: `build`, `save`, `load`, what it makes of images, and what it costs."""

from hourglass.models.base import Model
from hourglass.models.inference import active_units, decode, encode, mean_squared_error, reconstruct
from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.models.store import build, load, save
from hourglass.models.vae import VariationalAutoencoder

__all__ = [
    "Autoencoder",
    "Model",
    "Pca",
    "VariationalAutoencoder",
    "build",
    "decode",
    "encode",
    "active_units",
    "load",
    "mean_squared_error",
    "reconstruct",
    "save",
]
