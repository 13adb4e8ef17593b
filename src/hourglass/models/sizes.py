"""The sizes that follow from a network's description, by arithmetic alone, before anything is built."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from pydantic import NonNegativeInt, PositiveInt

from hourglass.schema import Section

SIDE = 28
IMAGE = (1, SIDE, SIDE)
DEPENDENT = {"softmax": 1}  # numbers of such a code that follow from its others
A_NUMBER = {"gaussian": 2}  # what the encoder outputs for each number of such a code: mean and log-variance

Shape = tuple[int, ...]


class Convolution(Section):
    """One convolution: `channels` of its output; sizes are pixels."""

    channels: PositiveInt
    kernel: PositiveInt
    stride: PositiveInt = 1
    padding: NonNegativeInt = 0


class DecoderConvolution(Convolution):
    """A transposed convolution, or (`transposed: false`) an ordinary one."""

    transposed: bool = True
    output_padding: NonNegativeInt = 0


class Encoder(Section):
    """Convolutions, then dense layers; the layer whose output is the code follows by itself."""

    convolutions: tuple[Convolution, ...] = ()
    dense: tuple[PositiveInt, ...] = ()


class Decoder(Section):
    """Dense layers, then convolutions; the last dense layer, up to the first maps or the image, follows by itself.

    channels: how many maps the first convolution is given; their size follows from the convolutions.
    """

    dense: tuple[PositiveInt, ...] = ()
    channels: PositiveInt | None = None
    convolutions: tuple[DecoderConvolution, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One weight layer with the shapes (without the batch) of its input and its output."""

    input: Shape
    output: Shape
    convolution: Convolution | None = None  # None: dense

    @property
    def transposed(self) -> bool:
        return isinstance(self.convolution, DecoderConvolution) and self.convolution.transposed

    @property
    def multiply_adds(self) -> int:
        """Products for one image: a kernel between two maps at each pixel of its output, or, transposed, input."""
        if self.convolution is None:
            return prod(self.input) * prod(self.output)
        pixels = prod((self.input if self.transposed else self.output)[1:])
        return pixels * self.input[0] * self.output[0] * self.convolution.kernel**2

    def __str__(self) -> str:
        what = "dense"
        if self.convolution is not None:
            what = f"{'transposed ' if self.transposed else ''}convolution, kernel {self.convolution.kernel}"
        return f"{what}, {_text(self.input)} to {_text(self.output)}"


def multiply_adds(layers: Sequence[Layer]) -> int:
    """Products for one image, over layers; no biases."""
    return sum(layer.multiply_adds for layer in layers)


def layers(encoder: Encoder, decoder: Decoder | None, latent: int, code: str) -> tuple[list[Layer], list[Layer]]:
    """The layers of encoder and decoder, in order. Raises ValueError where sizes do not meet.

    decoder: None for the encoder's mirror. latent: numbers in the code. code: its kind.
    """
    forward = _encoder_layers(encoder, latent * A_NUMBER.get(code, 1))
    return forward, _decoder_layers(decoder if decoder is not None else _mirror(encoder, forward), latent)


def _encoder_layers(encoder: Encoder, outputs: int) -> list[Layer]:
    layers: list[Layer] = []
    shape: Shape = IMAGE
    for number, convolution in enumerate(encoder.convolutions, 1):
        if convolution.kernel > shape[1] + 2 * convolution.padding:
            raise ValueError(
                f"encoder convolution {number} has kernel {convolution.kernel}, larger than its padded input of "
                f"{_text(shape)} with padding {convolution.padding}"
            )
        side = (shape[1] + 2 * convolution.padding - convolution.kernel) // convolution.stride + 1
        layers.append(Layer(shape, (convolution.channels, side, side), convolution))
        shape = layers[-1].output
    return layers + _dense(prod(shape), [*encoder.dense, outputs])


def _decoder_layers(decoder: Decoder, latent: int) -> list[Layer]:
    if not decoder.convolutions:
        if decoder.channels is not None:
            raise ValueError(f"decoder channels is {decoder.channels}, but the decoder has no convolutions")
        return _dense(latent, [*decoder.dense, prod(IMAGE)])
    if decoder.channels is None:
        raise ValueError("decoder channels is missing: how many maps is the decoder's first convolution given?")
    maps = _maps(decoder)
    return _dense(latent, [*decoder.dense, prod(maps[0].input)]) + maps


def _dense(width: int, widths: list[int]) -> list[Layer]:
    return [Layer((a,), (b,)) for a, b in zip([width, *widths], widths, strict=False)]


def _maps(decoder: Decoder) -> list[Layer]:
    """The decoder's convolutions, their sizes walked back from the image that the last one must output."""
    last = decoder.convolutions[-1].channels
    if last != IMAGE[0]:
        raise ValueError(f"decoder ends at {_text((last, SIDE, SIDE))}, but an image is {_text(IMAGE)}")
    incoming = [decoder.channels or 0, *(c.channels for c in decoder.convolutions)]
    layers: list[Layer] = []
    side = SIDE
    for number in range(len(decoder.convolutions), 0, -1):
        convolution = decoder.convolutions[number - 1]
        before = _side_before(convolution, side, number)
        shape = (incoming[number - 1], before, before)
        layers.insert(0, Layer(shape, (convolution.channels, side, side), convolution))
        side = before
    return layers


def _side_before(convolution: DecoderConvolution, side: int, number: int) -> int:
    """The input side from which a decoder convolution makes maps of `side` pixels."""
    c = convolution
    where = f"decoder convolution {number} (kernel {c.kernel}, stride {c.stride}, padding {c.padding}"
    if not c.transposed:
        if c.output_padding or c.stride != 1:
            raise ValueError(f"{where}) is not transposed, so it takes no output padding and no stride but 1")
        before, rest = side + c.kernel - 1 - 2 * c.padding, 0
    else:
        where += f", output padding {c.output_padding}"
        if c.output_padding >= max(c.stride, 2) or (c.output_padding and c.stride == 1):
            raise ValueError(f"{where}): output padding must be smaller than the stride")
        before, rest = divmod(side - c.kernel - c.output_padding + 2 * c.padding, c.stride)
        before += 1
    if rest or before < 1:
        raise ValueError(f"{where}) must output {side}×{side} on the way to {SIDE}×{SIDE}, and no input size does")
    return before


def _mirror(described: Encoder, encoder: list[Layer]) -> Decoder:
    """The decoder that undoes the encoder layer by layer; output padding makes up for what a stride rounded off."""
    forward = [layer for layer in encoder if layer.convolution is not None]
    mirrored = []
    for layer in reversed(forward):
        c = layer.convolution
        assert c is not None
        grown = (layer.output[1] - 1) * c.stride - 2 * c.padding + c.kernel
        mirrored.append(
            DecoderConvolution(
                channels=layer.input[0],
                kernel=c.kernel,
                stride=c.stride,
                padding=c.padding,
                output_padding=layer.input[1] - grown,
            )
        )
    return Decoder(
        dense=tuple(reversed(described.dense)),
        channels=forward[-1].output[0] if forward else None,
        convolutions=tuple(mirrored),
    )


def _text(shape: Shape) -> str:
    return "×".join(map(str, shape))
