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
    """Number of independent latent dimensions. For a softmax code, it is one less than the latent dimension."""
    return model.spec.free_dims


@MODEL.metric("parameters", ",.0f", headline=True)
def parameters(model: Model) -> int:
    """Number of fitted parameters of the encoder and the decoder. For PCA, these are the mean and the components."""
    return model.parameter_count()


@MODEL.metric("multiply-adds", ",.0f")
def multiply_adds(model: Model) -> int:
    """Number of multiply-adds that encoder and decoder perform for one image, excluding biases."""
    return sum(model.multiply_adds())
