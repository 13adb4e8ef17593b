"""Model specifications, read from the `network` settings of a variant or from the header of a saved model.

The shapes of all layers are derived from the specification and the image shape before a model is built.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import Discriminator, Tag, ValidationInfo, field_validator, model_validator
from pydantic import Field as Setting
from torch import nn

from hourglass import images
from hourglass.models.codes import CODE_KINDS
from hourglass.schema import Count, NonNegative, Section, check_keywords, one_of, optional

Shape = tuple[int, ...]
Stride = Annotated[int, Setting(ge=1, le=1024)]
Padding = Annotated[int, Setting(ge=0, le=1024)]
Resampling = Annotated[int, Setting(ge=1, le=1024)]
Activation = Literal["relu", "leaky_relu", "selu", "tanh", "sigmoid", "none"]
Code = Annotated[str, one_of(CODE_KINDS)]


class BaseConvolution(Section):
    """Settings shared by encoder and decoder convolutions. Kernel size, stride and padding are in pixels.

    A residual convolution is a block of two convolutions whose input is added to their output (He et al. 2016).
    """

    channels: Count
    kernel: Count
    stride: Stride = 1
    padding: Padding = 0
    residual: bool = optional(False)

    @model_validator(mode="after")
    def _check_geometry(self) -> Self:
        # oneDNN writes past its memory: https://github.com/uxlfoundation/oneDNN/issues/6035
        if self.kernel == 1 < self.stride:
            raise ValueError(f"kernel 1 skips pixels at stride {self.stride}; use a kernel of 2 or more")
        if self.residual and (self.stride != 1 or 2 * self.padding != self.kernel - 1):
            raise ValueError(
                "a residual block keeps the size of its maps: stride 1, an odd kernel, padding (kernel - 1) / 2"
            )
        return self


class Convolution(BaseConvolution):
    """An encoder convolution with `channels` output channels, followed by max pooling over `pool` × `pool` pixels."""

    pool: Resampling = optional(1)


class DecoderConvolution(BaseConvolution):
    """A decoder convolution, transposed by default. Nearest-neighbour upsampling by the factor `upsample` precedes it.

    In the last convolution, `channels` can be omitted and defaults to the number of image channels.
    """

    channels: Count | None = None  # type: ignore[assignment]
    transposed: bool = True
    output_padding: Padding = 0
    upsample: Resampling = optional(1)


class Encoder(Section):
    """An encoder of convolutions followed by dense layers. A final dense layer for the code is added automatically."""

    convolutions: tuple[Convolution, ...] = ()
    dense: tuple[Count, ...] = ()


class Decoder(Section):
    """A decoder of dense layers followed by convolutions.

    A further dense layer is added automatically after `dense`. This layer outputs the input of the first convolution,
    or the image if there are no convolutions.
    """

    dense: tuple[Count, ...] = ()
    channels: Count | None = None  # input channels of the first convolution; the map size follows from the image size
    convolutions: tuple[DecoderConvolution, ...] = ()  # the last one outputs the image


@dataclass(frozen=True)
class Layer:
    """Description of a convolution, or of a dense layer if `convolution` is None. Shapes exclude the batch dimension.

    Attributes:
        input: shape of the input, after any upsampling.
        output: shape of the output, before any max pooling.
        convolution: settings of the convolution.
        output_padding: rows and columns that a transposed convolution adds to its output.
        pooled: shape of the output after max pooling, or None without pooling.
        small: shape of the input before upsampling, or None without upsampling.
    """

    input: Shape
    output: Shape
    convolution: BaseConvolution | None = None
    output_padding: tuple[int, int] = (0, 0)
    pooled: Shape | None = None
    small: Shape | None = None

    @property
    def input_before_upsampling(self) -> Shape:
        """Shape of the input, before any upsampling."""
        return self.small or self.input

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        if self.convolution is None:
            return (prod(self.input) + 1) * prod(self.output)
        return (self.input[0] * self.convolution.kernel**2 + 1) * self.output[0] * (1 + self.convolution.residual)

    @property
    def multiply_adds(self) -> int:
        """Number of multiply-adds per image, excluding biases.

        A convolution applies one kernel per pair of input and output channels at every output pixel. A transposed
        convolution applies the kernels at every input pixel.
        """
        c = self.convolution
        if c is None:
            return prod(self.input) * prod(self.output)
        transposed = isinstance(c, DecoderConvolution) and c.transposed
        pixels = prod((self.input if transposed else self.output)[1:])
        return pixels * self.input[0] * self.output[0] * c.kernel**2 * (1 + c.residual)


def multiply_adds(layers: Sequence[Layer]) -> int:
    """Return the total number of multiply-adds per image in the given layers, excluding biases."""
    return sum(layer.multiply_adds for layer in layers)


class NetworkSpec(Section):
    """Specification of an autoencoder: latent dimension, code, activations, and layers of the encoder and decoder."""

    kind: Literal["autoencoder"] = "autoencoder"
    latent: Count  # latent dimension K
    code: Code = "none"  # kind of code, a key of `CODE_KINDS`
    # of this kind of code; defaults are filled in, so that model files contain them
    code_settings: dict[str, Any] = Setting(default={}, validate_default=True, exclude_if=lambda value: not value)
    beta: NonNegative = 1.0  # weight of the KL divergence; `gaussian` only
    activation: Activation = "relu"  # after every layer but the last of encoder and decoder
    batch_norm: bool = optional(False)  # before these activations
    dropout: Annotated[float, Setting(ge=0, lt=1)] = optional(0.0)  # after these activations: fraction set to 0
    output: Literal["sigmoid", "tanh"] = "sigmoid"  # last activation; the network's pixel range is [0, 1] or [-1, 1]
    encoder: Encoder
    decoder: Decoder | None = None  # None mirrors the encoder

    @field_validator("code_settings")
    @classmethod
    def _check_code_settings(cls, values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        return check_keywords(CODE_KINDS[info.data["code"]].build, values) if "code" in info.data else values

    @model_validator(mode="after")
    def _check_consistency(self) -> Self:
        with torch.device("meta"):  # draws no random numbers
            self.code_module()
        if self.beta != 1.0 and self.code != "gaussian":
            raise ValueError(f"beta weights the KL divergence of a gaussian code, but code is {self.code}")
        if any(c.channels is None for c in (self.decoder.convolutions[:-1] if self.decoder else ())):
            raise ValueError("channels is missing in a decoder convolution; only the last one may omit it")
        return self

    @property
    def free_dims(self) -> int:
        """Number of independent latent dimensions, which is K - 1 for a softmax code and K otherwise."""
        return self.latent - 1 if self.code == "softmax" else self.latent

    def code_module(self) -> nn.Module:
        """Return the last module of the encoder. Raises ValueError if a setting of the code does not fit `latent`."""
        return CODE_KINDS[self.code].build(self.latent, **self.code_settings)

    def resolved(self, image: images.Shape) -> Self:
        """Return the specification, with missing `channels` in the last decoder convolution taken from `image`."""
        if self.decoder is None or not self.decoder.convolutions or self.decoder.convolutions[-1].channels is not None:
            return self
        *others, last = self.decoder.convolutions
        convolutions = (*others, last.model_copy(update={"channels": image[0]}))
        return self.model_copy(update={"decoder": self.decoder.model_copy(update={"convolutions": convolutions})})

    def layers(self, image: images.Shape) -> tuple[list[Layer], list[Layer]]:
        """Return the layers of the encoder and of the decoder for images of shape (C, H, W).

        Raises:
            ValueError: if layer shapes do not match each other or the image.
        """
        encoder = _encoder_layers(self.encoder, image, self.latent * CODE_KINDS[self.code].outputs_per_dim)
        description = self.resolved(image).decoder
        if description is None:
            decoder = _mirrored_layers(self.encoder, encoder, image, self.latent)
        else:
            decoder = _decoder_layers(description, image, self.latent)
        if (last := decoder[-1].convolution) and last.residual:
            raise ValueError(
                "the last decoder convolution outputs the image, so neither it nor its mirror can be residual"
            )
        return encoder, decoder


class PcaSpec(Section):
    """Specification of a principal component analysis with `latent` components."""

    kind: Literal["pca"]
    latent: Count

    @property
    def free_dims(self) -> int:
        """Number of independent latent dimensions, which equals `latent`."""
        return self.latent

    def resolved(self, image: images.Shape) -> Self:
        """Return the specification unchanged, because it does not depend on the image shape."""
        return self

    def layers(self, image: images.Shape) -> tuple[list[Layer], list[Layer]]:
        """Return two empty lists, as PCA has no layers. Raises ValueError if images have fewer than `latent` values."""
        if self.latent > prod(image):
            raise ValueError(f"latent is {self.latent}, but an image of {_text(image)} has {prod(image)} values")
        return [], []


def _kind(spec: object) -> str:
    kind = spec.get("kind", "autoencoder") if isinstance(spec, dict) else getattr(spec, "kind", "autoencoder")
    return str(kind)


AnyNetworkSpec = Annotated[
    Annotated[NetworkSpec, Tag("autoencoder")] | Annotated[PcaSpec, Tag("pca")], Discriminator(_kind)
]


def _encoder_layers(encoder: Encoder, image: Shape, outputs: int) -> list[Layer]:
    layers: list[Layer] = []
    shape = image
    for number, c in enumerate(encoder.convolutions, 1):
        if c.kernel > min(shape[1:]) + 2 * c.padding:
            raise ValueError(
                f"encoder convolution {number} has kernel {c.kernel}, larger than its padded input of "
                f"{_text(shape)} with padding {c.padding}"
            )
        _check_residual(c, shape[0], c.channels, f"encoder convolution {number}")
        height, width = ((side + 2 * c.padding - c.kernel) // c.stride + 1 for side in shape[1:])
        output = (c.channels, height, width)
        if c.pool > min(height, width):
            raise ValueError(f"encoder convolution {number} has pool {c.pool}, larger than its maps of {_text(output)}")
        pooled = (c.channels, height // c.pool, width // c.pool) if c.pool > 1 else None
        layers.append(Layer(shape, output, c, pooled=pooled))
        shape = pooled or output
    return layers + _dense_layers(prod(shape), [*encoder.dense, outputs])


def _decoder_layers(decoder: Decoder, image: Shape, latent: int) -> list[Layer]:
    if not decoder.convolutions:
        if decoder.channels is not None:
            raise ValueError(f"decoder channels is {decoder.channels}, but the decoder has no convolutions")
        return _dense_layers(latent, [*decoder.dense, prod(image)])
    if decoder.channels is None:
        raise ValueError("decoder channels is missing: the input channels of the decoder's first convolution")
    maps = _map_layers(decoder.channels, decoder.convolutions, image)
    return _dense_layers(latent, [*decoder.dense, prod(maps[0].input_before_upsampling)]) + maps


def _mirrored_layers(encoder: Encoder, layers: Sequence[Layer], image: Shape, latent: int) -> list[Layer]:
    """Return the layers of a decoder that mirrors the encoder.

    Output padding restores the rows and columns that strided convolutions drop. Upsampling restores the size before
    max pooling.
    """
    maps = []
    for layer, c in reversed(list(zip(layers, encoder.convolutions, strict=False))):
        rows, columns = (
            before - ((after - 1) * c.stride - 2 * c.padding + c.kernel)
            for before, after in zip(layer.input[1:], layer.output[1:], strict=True)
        )
        sizes = c.model_dump(exclude={"channels", "pool"})
        mirrored = DecoderConvolution(channels=layer.input[0], **sizes)
        maps.append(Layer(layer.output, layer.input, mirrored, (rows, columns), small=layer.pooled))
    widths = [*encoder.dense[::-1], prod(maps[0].input_before_upsampling if maps else image)]
    return _dense_layers(latent, widths) + maps


def _dense_layers(inputs: int, widths: list[int]) -> list[Layer]:
    return [Layer((a,), (b,)) for a, b in zip([inputs, *widths], widths, strict=False)]


def _map_layers(channels: int, convolutions: Sequence[DecoderConvolution], image: Shape) -> list[Layer]:
    """Return the layers for the convolutions of a decoder, the first of which has `channels` input channels.

    Map sizes are derived from the image size, from the last layer back to the first. Raises ValueError if the
    settings do not fit the image shape (C, H, W).
    """
    outputs = [c.channels or image[0] for c in convolutions]
    if outputs[-1] != image[0]:
        raise ValueError(
            f"decoder ends at {_text((outputs[-1], *image[1:]))}, but an image is {_text(image)}; "
            "omit channels in its last convolution"
        )
    layers: list[Layer] = []
    sides = image[1:]
    for number, c in reversed(list(enumerate(convolutions, 1))):
        before = tuple(_input_side(c, side, number, sides, image) for side in sides)
        inputs = outputs[number - 2] if number > 1 else channels
        _check_residual(c, inputs, outputs[number - 1], f"decoder convolution {number}")
        if any(side % c.upsample for side in before):
            size = "×".join(map(str, before))
            raise ValueError(
                f"decoder convolution {number} needs {size} pixels, which upsample {c.upsample} cannot output"
            )
        small = tuple(side // c.upsample for side in before)
        padding = (c.output_padding, c.output_padding)
        layer = Layer((inputs, *before), (outputs[number - 1], *sides), c, padding)
        layers.insert(0, replace(layer, small=(inputs, *small)) if c.upsample > 1 else layer)
        sides = small
    return layers


def _check_residual(c: BaseConvolution, inputs: int, outputs: int, where: str) -> None:
    if c.residual and inputs != outputs:
        raise ValueError(f"{where} is residual, so it must output as many channels as its input has, {inputs}")


def _input_side(c: DecoderConvolution, side: int, number: int, sides: Shape, image: Shape) -> int:
    """Return the input height or width at which a decoder convolution outputs `side` pixels.

    Raises ValueError if there is none. `number`, `sides` and `image` are the convolution's number, its output size
    and the image shape for the error message.
    """
    where = f"decoder convolution {number} (kernel {c.kernel}, stride {c.stride}, padding {c.padding}"
    if not c.transposed:
        if c.output_padding or c.stride != 1:
            raise ValueError(f"{where}) is not transposed, so it allows no output padding and no stride above 1")
        before, rest = side + c.kernel - 1 - 2 * c.padding, 0
    else:
        where += f", output padding {c.output_padding}"
        if c.output_padding >= c.stride and c.output_padding:
            raise ValueError(f"{where}): output padding must be smaller than the stride")
        steps, rest = divmod(side - c.kernel - c.output_padding + 2 * c.padding, c.stride)
        before = steps + 1
    if rest or before < 1:
        raise ValueError(f"{where}) must output {_text(sides)} to reach {_text(image[1:])}, but no input size does")
    return before


def _text(shape: Shape) -> str:
    return "×".join(map(str, shape))
