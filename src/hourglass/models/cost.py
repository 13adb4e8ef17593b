"""What a network costs: parameters and multiply-adds."""

from math import prod

from torch import nn

from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.spec import IMAGE


def parameters(module: nn.Module) -> int:
    """How many numbers were fitted: parameters, and for PCA the mean and the components."""
    return sum(tensor.numel() for tensor in module.state_dict().values())


def cost(model: Autoencoder | Pca) -> dict[str, int]:
    """Parameters of the model and multiply-adds of encoder and decoder for one image (products alone, no biases)."""
    if isinstance(model, Pca):
        encoder = decoder = prod(IMAGE) * model.spec.latent
    else:
        encoder, decoder = (sum(layer.multiply_adds for layer in part) for part in model.spec.layers())
    return {
        "parameters": parameters(model),
        "encoder_multiply_adds": encoder,
        "decoder_multiply_adds": decoder,
    }
