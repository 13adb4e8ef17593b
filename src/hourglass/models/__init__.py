"""A description in, a network out: `build`, `save`, `load`, and what each costs."""

from hourglass.models.cost import cost
from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.models.store import Model, build, load, save
from hourglass.models.variational import VariationalAutoencoder

__all__ = ["Autoencoder", "Model", "Pca", "VariationalAutoencoder", "build", "cost", "load", "save"]
