"""Autoencoders, variational autoencoders and PCA, with functions that build, save, load and apply models.

Example:
    >>> from hourglass import models
    >>> model = models.load("models/linear.safetensors")
    >>> codes = models.encode(model, images)  # uint8 (N, C, H, W) to float32 (N, K)
    >>> reconstructions = models.decode(model, codes)  # float32 (N, C, H, W) in [0, 1]
"""

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
    "active_units",
    "build",
    "decode",
    "encode",
    "load",
    "mean_squared_error",
    "reconstruct",
    "save",
]
