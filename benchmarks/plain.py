"""The project's networks as a user would write them: torch's own layers in their default memory layout.

Parameters have the names of the project's networks, so that both can start from the same weights.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hourglass import models
from hourglass.errors import UserError
from hourglass.models.spec import DecoderConvolution, Layer, NetworkSpec

IMAGE = (1, 28, 28)  # of the benchmarks
ACTIVATIONS: dict[str, Any] = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "selu": nn.SELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gaussian": nn.Identity,
}


class PlainAutoencoder(nn.Module):
    """Autoencoder for images (B, 1, 28, 28) in [0, 1].

    The encoder and the decoder use the pixel range of the output activation: [-1, 1] for tanh, otherwise [0, 1].
    """

    def __init__(self, spec: NetworkSpec) -> None:
        """Build the layers of `spec` with torch's initial weights."""
        super().__init__()
        encoder, decoder = spec.layers(IMAGE)
        code = nn.Softmax(dim=-1) if spec.code == "softmax" else ACTIVATIONS[spec.code]()
        self.encoder = _stack(encoder, spec.activation, code)
        self.decoder = _stack(decoder, spec.activation, ACTIVATIONS[spec.output]())
        self.low, self.span = (-1.0, 2.0) if spec.output == "tanh" else (0.0, 1.0)

    def forward(self, images: Tensor) -> Tensor:
        """Return reconstructions of images (B, 1, 28, 28) in [0, 1]."""
        return (self.decode(self.encoder(self.low + self.span * images)) - self.low) / self.span

    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, 1, 28, 28) in the pixel range of the output activation."""
        return self.decoder(codes).view(-1, *IMAGE)

    def loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean squared error between reconstructions of `inputs` and `targets`, for training.

        Both are (B, 1, 28, 28) in [0, 1]. The error is measured in the pixel range of the output activation.
        """
        codes = self.encoder(self.low + self.span * inputs)
        return F.mse_loss(self.decode(codes), self.low + self.span * targets)


class PlainVariational(PlainAutoencoder):
    """A plain autoencoder with a Gaussian code."""

    def __init__(self, spec: NetworkSpec) -> None:
        """Build the layers of `spec` with torch's initial weights."""
        super().__init__(spec)
        self.beta = spec.beta

    def forward(self, images: Tensor) -> Tensor:
        """Return reconstructions from the means of the codes."""
        mean, _ = self.encoder(self.low + self.span * images).chunk(2, dim=1)
        return (self.decode(mean) - self.low) / self.span

    def loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return binary cross entropy + beta · KL in nats per image; arguments are (B, 1, 28, 28) in [0, 1]."""
        mean, log_variance = self.encoder(self.low + self.span * inputs).chunk(2, dim=1)
        codes = mean + torch.exp(log_variance / 2) * self.noise(mean)
        logits = self.span * self.decoder[:-1](codes).view(-1, *IMAGE)
        reconstruction = F.binary_cross_entropy_with_logits(logits, targets, reduction="sum")
        kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / 2
        return (reconstruction + self.beta * kl) / len(targets)

    def noise(self, mean: Tensor) -> Tensor:
        """Return standard normal noise (B, K) for the sampled codes."""
        return torch.randn_like(mean)


NETWORKS: dict[str, type[PlainAutoencoder]] = {"squared_error": PlainAutoencoder, "elbo": PlainVariational}


def build(spec: NetworkSpec, loss: str, seed: int, mean_pixel: float) -> PlainAutoencoder:
    """Return a plain network with the initial weights of this project's network.

    Args:
        spec: specification of the network.
        loss: name of the loss, `squared_error` or `elbo`.
        seed: seed of the initial weights.
        mean_pixel: mean pixel of the training images in [0, 1], which the untrained network outputs.

    Raises:
        UserError: if there is no plain network with this loss.
    """
    if loss not in NETWORKS:
        raise UserError(f"there is no plain network with loss {loss}; known are {', '.join(NETWORKS)}")
    project = models.build(spec, IMAGE, seed)
    assert isinstance(project, models.Autoencoder)
    project.initialise_output(mean_pixel)
    network = NETWORKS[loss](spec)
    network.load_state_dict(project.state_dict())
    return network


def _stack(layers: Sequence[Layer], activation: str, last: nn.Module) -> nn.Sequential:
    modules: list[nn.Module] = []
    before: tuple[int, ...] = IMAGE
    for number, layer in enumerate(layers):
        if layer.convolution is None and (len(before) == 3 or number == 0):
            modules.append(nn.Flatten())
        elif layer.convolution is not None and len(before) == 1:
            modules.append(nn.Unflatten(1, layer.input))
        modules.append(_weights(layer))
        modules.append(last if number == len(layers) - 1 else ACTIVATIONS[activation]())
        before = layer.output
    return nn.Sequential(*modules)


def _weights(layer: Layer) -> nn.Module:
    c = layer.convolution
    if c is None:
        return nn.Linear(layer.input[0], layer.output[0])
    channels = layer.input[0], layer.output[0]
    if isinstance(c, DecoderConvolution) and c.transposed:
        return nn.ConvTranspose2d(*channels, c.kernel, c.stride, c.padding, layer.output_padding)
    return nn.Conv2d(*channels, c.kernel, c.stride, c.padding)
