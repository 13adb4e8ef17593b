"""Autoencoders built from a specification."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from hourglass.images import Shape
from hourglass.models import layers
from hourglass.models.base import Model
from hourglass.models.spec import Convolution, DecoderConvolution, Layer, NetworkSpec, multiply_adds

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "none": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "selu": layers.SELU,
    "tanh": layers.Tanh,
    "sigmoid": nn.Sigmoid,
}


class Autoencoder(Model):
    """An autoencoder with the layers that a `NetworkSpec` describes.

    The methods `encode` and `decode` work with images in [0, 1]. The modules `encoder` and `decoder` work with the
    network's pixel range, which is [-1, 1] for a tanh output and [0, 1] otherwise. `scale` maps images to this range.

    Example:
        >>> spec = NetworkSpec(latent=8, encoder=Encoder(dense=(128, 32)))
        >>> model = Autoencoder(spec, image=(1, 28, 28))
        >>> model.encode(torch.rand(32, 1, 28, 28)).shape
        torch.Size([32, 8])
    """

    spec: NetworkSpec

    def __init__(self, spec: NetworkSpec, image: Shape) -> None:
        """Build the encoder and the decoder for images of shape (C, H, W)."""
        super().__init__(image)
        self.spec = spec.resolved(image)
        encoder, decoder = spec.layers(image)
        self.encoder = _sequential(encoder, spec, spec.code_module())
        self.decoder = _sequential(decoder, spec, ACTIVATIONS[spec.output]())
        # the network's pixel range is low + span · [0, 1]
        self.low, self.span = (-1.0, 2.0) if spec.output == "tanh" else (0.0, 1.0)

    def encode(self, images: Tensor) -> Tensor:
        """Encode images (B, C, H, W) in [0, 1] to codes (B, K)."""
        self.check(images)
        return self.encoder(self.scale(images))

    def decode(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, C, H, W) in [0, 1]."""
        scaled = self.decode_scaled(codes)
        return scaled if self.span == 1 else (scaled - self.low) / self.span

    def scale(self, images: Tensor) -> Tensor:
        """Map images (B, C, H, W) from [0, 1] to the network's pixel range, [0, 1] or [-1, 1]."""
        return images if self.span == 1 else images.mul(self.span).add_(self.low)

    def decode_scaled(self, codes: Tensor) -> Tensor:
        """Decode codes (B, K) to images (B, C, H, W) in the network's pixel range, [0, 1] or [-1, 1]."""
        return self.to_image(self.decoder(codes))

    def to_image(self, pixels: Tensor) -> Tensor:
        """Reshape decoder outputs (B, C·H·W) or (B, C, H, W) to images (B, C, H, W)."""
        return pixels if pixels.dim() == 4 else pixels.unflatten(1, self.image)

    def coordinates(self, codes: Tensor) -> Tensor:
        """Map codes (N, K) to unconstrained coordinates (N, K).

        Softmax codes are mapped to centred log-ratios (Aitchison 1982). Other codes are returned unchanged.
        """
        if self.spec.code != "softmax":
            return codes
        logarithms = codes.clamp(min=torch.finfo(torch.float32).tiny).log()
        return logarithms - logarithms.mean(dim=-1, keepdim=True)

    def from_coordinates(self, coordinates: Tensor) -> Tensor:
        """Map arbitrary coordinates (N, K) to valid codes (N, K) by the encoder's last module, such as a softmax."""
        return self.encoder[-1](coordinates)

    def multiply_adds(self) -> tuple[int, int]:
        """Return the numbers of multiply-adds per image in the encoder and in the decoder, excluding biases."""
        encoder, decoder = self.spec.layers(self.image)
        return multiply_adds(encoder), multiply_adds(decoder)

    @torch.no_grad()
    def initialise_output(self, pixel: float) -> None:
        """Set the last bias so that all output pixels of an untrained network are close to `pixel`, a value in (0, 1).

        By default, an untrained network outputs mid-grey. On mostly black images, the first steps of Adam then push all
        weights towards darker outputs at once and saturate the output at black, where gradients vanish. On MNIST, the
        variant `strided` collapsed in this way for most seeds, but for none if `pixel` was the mean training pixel.
        """
        scaled = torch.tensor(self.low + self.span * pixel)
        bias = self.decoder[-2].bias
        assert isinstance(bias, Tensor)
        bias.fill_(torch.logit(scaled) if self.spec.output == "sigmoid" else torch.atanh(scaled))


def _sequential(described: Sequence[Layer], spec: NetworkSpec, last: nn.Module) -> nn.Sequential:
    """Build a network from layer descriptions, with `last` as the final module and reshaping modules as needed."""
    modules: list[nn.Module] = []
    for number, layer in enumerate(described):
        before = described[number - 1].output if number else None
        if layer.convolution is None and (before is None or len(before) == 3):
            modules.append(layers.Flatten())
        elif layer.convolution is not None and before is not None and len(before) == 1:
            modules.append(layers.Unflatten(1, layer.input_before_upsampling))
        if layer.small:
            modules.append(nn.Upsample(layer.input[1:]))
        modules.append(_build_layer(layer, spec))
        if layer is described[-1]:
            break
        if spec.batch_norm and not (layer.convolution and layer.convolution.residual):
            modules.append(_batch_norm(layer))
        modules.append(ACTIVATIONS[spec.activation]())
        if layer.pooled and isinstance(layer.convolution, Convolution):
            modules.append(nn.MaxPool2d(layer.convolution.pool))
        if spec.dropout:
            modules.append(nn.Dropout(spec.dropout))
    return nn.Sequential(*modules, last)


def _build_layer(layer: Layer, spec: NetworkSpec) -> nn.Module:
    c = layer.convolution
    inputs, outputs = layer.input[0], layer.output[0]
    if c is None:
        return nn.Linear(inputs, outputs)
    if isinstance(c, DecoderConvolution) and c.transposed and not c.residual:
        return layers.ConvTranspose2d(inputs, outputs, c.kernel, c.stride, c.padding, layer.output_padding)
    first = layers.Conv2d(inputs, outputs, c.kernel, c.stride, c.padding)
    if not c.residual:
        return first
    second = layers.Conv2d(outputs, outputs, c.kernel, c.stride, c.padding)
    norms = [_batch_norm(layer) if spec.batch_norm else nn.Identity() for _ in range(2)]
    return layers.Residual(first, norms[0], ACTIVATIONS[spec.activation](), second, norms[1])


def _batch_norm(layer: Layer) -> nn.Module:
    return nn.BatchNorm2d(layer.output[0]) if layer.convolution else nn.BatchNorm1d(layer.output[0])
