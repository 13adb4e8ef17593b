"""Specification of a model: the `network` block of a variant, also stored in the header of its file."""

from typing import Annotated, Literal

from pydantic import Discriminator, Tag, model_validator
from pydantic import Field as Setting

from hourglass.models import sizes
from hourglass.models.sizes import SIDE, Decoder, Encoder, Layer
from hourglass.schema import Count, Section

Activation = Literal["relu", "selu", "tanh", "sigmoid", "none"]
Code = Literal["none", "relu", "softmax", "gaussian"]


class NetworkSpec(Section):
    """An autoencoder: encoder, code, decoder.

    Attributes:
        latent: latent dimension K.
        code: activation of the code, or `gaussian` for a variational autoencoder.
        beta: weight of the KL divergence in the loss; `gaussian` only.
        activation: activation after every layer but the last of encoder and decoder.
        output: activation of the last layer, which fixes the network's pixel range: sigmoid [0, 1], tanh [-1, 1].
        encoder: encoder specification.
        decoder: decoder specification; None mirrors the encoder.
    """

    kind: Literal["autoencoder"] = "autoencoder"
    latent: Count
    code: Code = "none"
    beta: Annotated[float, Setting(ge=0, allow_inf_nan=False)] = 1.0
    activation: Activation = "relu"
    output: Literal["sigmoid", "tanh"] = "sigmoid"
    encoder: Encoder
    decoder: Decoder | None = None

    @model_validator(mode="after")
    def _check_layers(self) -> "NetworkSpec":
        if self.beta != 1.0 and self.code != "gaussian":
            raise ValueError(f"beta weights the KL divergence of a gaussian code, but code is {self.code}")
        self.layers()
        return self

    @property
    def free_dims(self) -> int:
        """Number of independent latent dimensions, one less than K for softmax."""
        return self.latent - sizes.CONSTRAINED_DIMS.get(self.code, 0)

    def layers(self) -> tuple[list[Layer], list[Layer]]:
        """Return the layers of encoder and decoder. Raises ValueError if shapes do not match."""
        return sizes.layers(self.encoder, self.decoder, self.latent, self.code)


class PcaSpec(Section):
    """Principal component analysis with K = `latent` components, fitted in closed form."""

    kind: Literal["pca"]
    latent: Annotated[int, Setting(ge=1, le=SIDE * SIDE)]

    @property
    def free_dims(self) -> int:
        """Number of independent latent dimensions, K."""
        return self.latent


def _kind(spec: object) -> str:
    kind = spec.get("kind", "autoencoder") if isinstance(spec, dict) else getattr(spec, "kind", "autoencoder")
    return str(kind)


AnyNetworkSpec = Annotated[
    Annotated[NetworkSpec, Tag("autoencoder")] | Annotated[PcaSpec, Tag("pca")], Discriminator(_kind)
]
