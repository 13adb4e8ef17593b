"""Metrics of the size and computational cost of a model."""

from hourglass.metrics.registry import Family
from hourglass.models import Model

MODEL = Family("images")


@MODEL.metric("latent dimension", ".0f", headline=True)
def latent_dim(model: Model) -> int:
    """Number of dimensions of the latent code of an image."""
    return model.spec.latent


@MODEL.metric()
def free_dims(model: Model) -> int:
    """Number of latent dimensions that do not follow from the others."""
    return model.spec.free_dims


@MODEL.metric("parameters", ",.0f", headline=True)
def parameters(model: Model) -> int:
    """Number of fitted parameters of encoder and decoder; for PCA, of the mean and the components."""
    return sum(tensor.numel() for tensor in model.state_dict().values())


@MODEL.metric("multiply-adds", ",.0f")
def multiply_adds(model: Model) -> int:
    """Number of multiplications of encoder and decoder for one image, without biases."""
    return sum(model.multiply_adds())
