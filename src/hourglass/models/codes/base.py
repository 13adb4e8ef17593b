"""Registry of the kinds of latent code, and the kinds `none`, `relu`, `softmax` and `gaussian`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

BuildFunction = Callable[..., nn.Module]


@dataclass(frozen=True)
class CodeKind:
    """A kind of latent code.

    Attributes:
        build: function that takes the latent dimension K and, as keyword arguments, the settings of the kind. It
            returns the last module of the encoder, which maps the outputs of the layer before it to codes (B, K), or
            to mean and log-variance (B, 2K) if the code is `gaussian`. It raises ValueError if a setting does not
            fit K.
        description: words in the summary of a variant, such as `sparse`; may be empty.
        outputs_per_dim: encoder outputs per latent dimension.
        own_losses: whether the kind can be used only with losses that list it in `Loss.codes`.
        sampled: caption sentence, with a leading space, on how sampled values become codes.
        others: caption text on the values of all latent dimensions except the traversed one.
    """

    build: BuildFunction
    description: str = ""
    outputs_per_dim: int = 1
    own_losses: bool = False
    sampled: str = ""
    others: str = "the others at their mean"


CODE_KINDS: dict[str, CodeKind] = {
    "none": CodeKind(lambda latent: nn.Identity()),
    "relu": CodeKind(lambda latent: nn.ReLU(), "ReLU", sampled=" Negative samples become 0, as in a ReLU code."),
    "softmax": CodeKind(
        lambda latent: nn.Softmax(dim=-1),
        "softmax",
        sampled=" Sampled as log-ratios, so that the values sum to 1.",
        others="the others in their mean proportions",
    ),
    # mean and log-variance side by side
    "gaussian": CodeKind(lambda latent: nn.Identity(), "variational", outputs_per_dim=2, own_losses=True),
}
"""All kinds of latent code, keyed by name."""


def code(description: str, **attributes: Any) -> Callable[[BuildFunction], BuildFunction]:
    """Return a decorator that registers a function as the `build` function of a kind of code with the function's name.

    The keyword-only parameters of the function are the settings of the kind (see `schema.check_keywords`).
    `description` and `attributes` are the other attributes of `CodeKind`.
    """

    def register(function: BuildFunction) -> BuildFunction:
        CODE_KINDS[function.__name__] = CodeKind(function, description, **attributes)
        return function

    return register
