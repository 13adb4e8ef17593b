"""An autoencoder built from its description."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from hourglass.models import layers
from hourglass.models.base import Model
from hourglass.models.codes import CODES
from hourglass.models.sizes import IMAGE, DecoderConvolution, Layer, multiply_adds
from hourglass.models.spec import NetworkSpec

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "selu": layers.SELU,
    "tanh": layers.Tanh,
    "sigmoid": nn.Sigmoid,
}


def _weights(layer: Layer) -> nn.Module:
    c = layer.convolution
    if c is None:
        return nn.Linear(layer.input[0], layer.output[0])
    inputs, outputs = layer.input[0], layer.output[0]
    if isinstance(c, DecoderConvolution) and layer.transposed:
        return layers.ConvTranspose2d(inputs, outputs, c.kernel, c.stride, c.padding, c.output_padding)
    return layers.Conv2d(inputs, outputs, c.kernel, c.stride, c.padding)


def _stack(described: Sequence[Layer], activation: str, last: nn.Module) -> nn.Sequential:
    """Weight layers with the activation between them and `last` at the end; reshapes where dense meets maps."""
    modules: list[nn.Module] = []
    for number, layer in enumerate(described):
        before = described[number - 1].output if number else None
        if layer.convolution is None and (before is None or len(before) == 3):
            modules.append(layers.Flatten())
        elif layer.convolution is not None and before is not None and len(before) == 1:
            modules.append(layers.Unflatten(1, layer.input))
        modules.append(_weights(layer))
        modules.append(last if number == len(described) - 1 else ACTIVATIONS[activation]())
    return nn.Sequential(*modules)


def as_image(pixels: Tensor) -> Tensor:
    """A decoder's output, (B, 784) where its last layer is dense, as images (B, 1, 28, 28)."""
    return pixels if pixels.dim() == 4 else pixels.unflatten(1, IMAGE)


class Autoencoder(Model):
    """Encoder, code, decoder. Callers see images in [0, 1]; the network works on its own pixel range.

    `encoder` and `decoder` are modules on that own range; `encode` and `decode` are the same on [0, 1].
    """

    spec: NetworkSpec

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        encoder, decoder = spec.layers()
        self.encoder = _stack(encoder, spec.activation, CODES[spec.code].module())
        self.decoder = _stack(decoder, spec.activation, ACTIVATIONS[spec.output]())
        # own range = low + (high - low) · [0, 1]
        self.low, self.span = (-1.0, 2.0) if spec.output == "tanh" else (0.0, 1.0)

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 1, 28, 28) in [0, 1] to codes (B, K)."""
        return self.encoder(self.as_own(images))

    def decode(self, codes: Tensor) -> Tensor:
        """Codes (B, K) to images (B, 1, 28, 28) in [0, 1]."""
        return self.decode_own(codes) if self.span == 1 else (self.decode_own(codes) - self.low) / self.span

    def coordinates(self, codes: Tensor) -> Tensor:
        """Codes (N, K) in numbers (N, K) that nothing ties to each other."""
        return CODES[self.spec.code].coordinates(codes)

    def at(self, coordinates: Tensor) -> Tensor:
        """The codes (N, K) at any coordinates (N, K)."""
        return CODES[self.spec.code].at(coordinates)

    def multiply_adds(self) -> tuple[int, int]:
        """Of encoder and decoder, for one image: products alone, no biases."""
        encoder, decoder = map(multiply_adds, self.spec.layers())
        return encoder, decoder

    @torch.no_grad()
    def initialise_output(self, pixel: float) -> None:
        """Set the last layer's bias so that, before training, the output hovers around a pixel value in (0, 1).

        A fresh network answers mid-grey to everything. On images that are mostly black the first steps of Adam then
        push every weight towards darker at once, overshoot, and leave the output saturated at black, where no gradient
        is left: so ended most seeds of the strided network on MNIST. Started at the mean pixel, none did.
        """
        own = torch.tensor(self.low + self.span * pixel)
        bias = self.decoder[-2].bias
        assert isinstance(bias, Tensor)
        bias.fill_(torch.logit(own) if self.spec.output == "sigmoid" else torch.atanh(own))

    def as_own(self, images: Tensor) -> Tensor:
        """Images in [0, 1] in the network's own range."""
        return images if self.span == 1 else images.mul(self.span).add_(self.low)

    def decode_own(self, codes: Tensor) -> Tensor:
        """Decoded images in the network's own range."""
        return as_image(self.decoder(codes))
