"""What a network costs: parameters and multiply-adds."""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from hourglass.models.network import Autoencoder
from hourglass.models.pca import Pca
from hourglass.spec import IMAGE


def parameters(module: nn.Module) -> int:
    """How many numbers were fitted: parameters, and for PCA the mean and the components."""
    return sum(tensor.numel() for tensor in module.state_dict().values())


def cost(model: Autoencoder | Pca) -> dict[str, int]:
    """Parameters of the model and multiply-adds of encoder and decoder for one image (products alone, no biases)."""
    image = torch.zeros(1, *IMAGE, device=next(iter(model.state_dict().values())).device)
    with torch.inference_mode():
        with FlopCounterMode(display=False) as encoding:
            code = model.encode(image)
        with FlopCounterMode(display=False) as decoding:
            model.decode(code)
    return {
        "parameters": parameters(model),
        # a multiply-add is two operations
        "encoder_multiply_adds": encoding.get_total_flops() // 2,
        "decoder_multiply_adds": decoding.get_total_flops() // 2,
    }
