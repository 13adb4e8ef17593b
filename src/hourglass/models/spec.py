"""What a network is, in words and numbers: the `network` block of a variant.

A description is checked by arithmetic alone: one whose sizes do not meet is refused before anything is built.
"""

from typing import Annotated, Literal

from pydantic import Discriminator, PositiveInt, Tag, model_validator
from pydantic import Field as Setting

from hourglass.models import sizes
from hourglass.models.sizes import SIDE, Decoder, Encoder, Layer
from hourglass.schema import Section

Activation = Literal["relu", "selu", "tanh", "sigmoid", "none"]
Code = Literal["none", "relu", "softmax", "gaussian"]


class NetworkSpec(Section):
    """An autoencoder: encoder, bottleneck, decoder.

    latent: numbers in the code. code: activation of the code, or `gaussian` for a variational autoencoder, whose
    encoder outputs a mean and a log-variance for each code number. beta: weight of the KL term, gaussian only.
    activation: after every other layer. output: of the last layer, and with it the pixel range the network works
    on: sigmoid [0, 1], tanh [-1, 1]. decoder: where left out, the encoder's mirror.
    """

    kind: Literal["autoencoder"] = "autoencoder"
    latent: PositiveInt
    code: Code = "none"
    beta: Annotated[float, Setting(ge=0, allow_inf_nan=False)] = 1.0
    activation: Activation = "relu"
    output: Literal["sigmoid", "tanh"] = "sigmoid"
    encoder: Encoder
    decoder: Decoder | None = None

    @model_validator(mode="after")
    def _sizes_meet(self) -> "NetworkSpec":
        if self.beta != 1.0 and self.code != "gaussian":
            raise ValueError(f"beta weighs the KL term of a gaussian code, but code is {self.code}")
        for where, half in (("encoder", self.encoder), ("decoder", self.decoder)):
            for number, convolution in enumerate(half.convolutions if half is not None else (), 1):
                if max(convolution.stride, convolution.padding) > SIDE:
                    raise ValueError(
                        f"{where} convolution {number} has stride {convolution.stride} and padding "
                        f"{convolution.padding}, and neither may be more than an image's side, {SIDE}"
                    )
        self.layers()
        return self

    @property
    def free_numbers(self) -> int:
        """How many numbers of the code do not follow from the others: the size of the linear code to compare with."""
        return self.latent - sizes.DEPENDENT.get(self.code, 0)

    def layers(self) -> tuple[list[Layer], list[Layer]]:
        """The layers of encoder and decoder, in order. Raises ValueError where sizes do not meet."""
        return sizes.layers(self.encoder, self.decoder, self.latent, self.code)


class PcaSpec(Section):
    """Principal components: the best linear code of its size, fitted in closed form."""

    kind: Literal["pca"]
    latent: Annotated[int, Setting(ge=1, le=SIDE * SIDE)]

    @property
    def free_numbers(self) -> int:
        """All."""
        return self.latent


def _kind(value: object) -> str:
    kind = value.get("kind", "autoencoder") if isinstance(value, dict) else getattr(value, "kind", "autoencoder")
    return str(kind)


AnyNetworkSpec = Annotated[
    Annotated[NetworkSpec, Tag("autoencoder")] | Annotated[PcaSpec, Tag("pca")], Discriminator(_kind)
]
