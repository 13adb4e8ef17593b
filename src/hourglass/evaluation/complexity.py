"""What a network costs: parameters and multiply-adds."""

from torch import nn

from hourglass.models.base import Model


def parameters(module: nn.Module) -> int:
    """How many numbers were fitted: parameters, and for PCA the mean and the components."""
    return sum(tensor.numel() for tensor in module.state_dict().values())


def cost(model: Model) -> dict[str, int]:
    """Parameters of the model and multiply-adds of encoder and decoder for one image (products alone, no biases)."""
    encoder, decoder = model.multiply_adds()
    return {
        "parameters": parameters(model),
        "encoder_multiply_adds": encoder,
        "decoder_multiply_adds": decoder,
    }
