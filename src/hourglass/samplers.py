"""Samplers of random codes, a registry."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampler:
    """A way to draw codes."""

    description: str


SAMPLERS: dict[str, Sampler] = {
    "prior": Sampler("samples of the prior N(0, I)"),
    "gaussian": Sampler("samples of a normal distribution fitted to codes of training images"),
    "mixture": Sampler("samples of a mixture of ten normal distributions fitted to codes of training images"),
    "uniform": Sampler("samples that are uniform over the range of each latent dimension"),
}
