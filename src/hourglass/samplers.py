"""Registry of samplers for latent codes. Example: `SAMPLERS["mixture"].draw(model, codes, count, seed)`.

To add a sampler, register a function in this module. It is then included in the metrics, the figures and the report.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from hourglass.models import Model
from hourglass.randomness import derive, generator

COMPONENTS = 10  # of the mixture

Draw = Callable[[Model, Tensor, int, int], Tensor | None]


@dataclass(frozen=True)
class Sampler:
    """A method for drawing random latent codes.

    `draw` takes a model, codes (N, K) of training images, the number `count` of codes to draw, and a seed. It
    returns codes (count, K), or None if the model does not support the sampler.
    """

    description: str  # what the codes are samples of, as in "images decoded from samples of the prior"
    draw: Draw


SAMPLERS: dict[str, Sampler] = {}
"""All samplers, keyed by name, in the order of tables and figures."""


def sampler(name: str, description: str) -> Callable[[Draw], Draw]:
    """Return a decorator that registers a function as `Sampler.draw` under `name`.

    `description` completes the words "images decoded from", as in "samples of the prior N(0, I)".
    """

    def register(draw: Draw) -> Draw:
        SAMPLERS[name] = Sampler(description, draw)
        return draw

    return register


@sampler("prior", "samples of the prior N(0, I)")
def prior(model: Model, codes: Tensor, count: int, seed: int) -> Tensor | None:
    """Draw codes (count, K) from the prior of a model, or return None if the model has no prior."""
    return model.prior(count, generator(seed, "prior"))


@sampler("gaussian", "samples of a normal distribution fitted to codes of training images")
def gaussian(model: Model, codes: Tensor, count: int, seed: int) -> Tensor:
    """Draw codes (count, K) from a normal distribution fitted to the training codes `codes` (N, K).

    Softmax codes are fitted and sampled as centred log-ratios, and follow a logistic-normal distribution (Aitchison &
    Shen 1980). Samples are mapped to valid codes by `model.from_coordinates`. In ReLU codes, negative samples become 0.
    """
    return model.from_coordinates(sample_mixture(model.coordinates(codes), 1, count, derive(seed, "gaussian")))


@sampler("mixture", "samples of a mixture of ten normal distributions fitted to codes of training images")
def mixture(model: Model, codes: Tensor, count: int, seed: int) -> Tensor:
    """Draw codes (count, K) from a ten-component Gaussian mixture fitted to the training codes `codes` (N, K).

    Softmax codes are fitted and sampled as centred log-ratios. Samples are mapped to valid codes by
    `model.from_coordinates`.
    """
    coordinates = model.coordinates(codes)
    return model.from_coordinates(sample_mixture(coordinates, COMPONENTS, count, derive(seed, "mixture")))


@sampler("uniform", "samples that are uniform over the range of each latent dimension")
def uniform(model: Model, codes: Tensor, count: int, seed: int) -> Tensor:
    """Draw codes (count, K) uniformly from the bounding box of the training codes `codes` (N, K).

    Each latent dimension is drawn independently between its minimum and its maximum over the training codes. Softmax
    codes are drawn as centred log-ratios. Samples are mapped to valid codes by `model.from_coordinates`.
    """
    coordinates = model.coordinates(codes)
    low, high = coordinates.amin(dim=0), coordinates.amax(dim=0)
    places = torch.rand(count, coordinates.shape[1], generator=generator(seed, "uniform"))
    return model.from_coordinates(torch.lerp(low, high, places))


def sample_mixture(codes: Tensor, components: int, count: int, seed: int) -> Tensor:
    """Fit a Gaussian mixture to codes (N, K) and draw samples (count, K) from the mixture.

    The mixture has at most N components. Codes are standardised, and 1e-6 is added to all variances, so that covariance
    matrices are invertible even if dimensions are constant or linearly dependent. A dimension that is constant in
    `codes` has the same value in all samples.
    """
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415

    values = codes.double().numpy()
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation[np.ptp(values, axis=0) == 0] = 0  # a constant's deviation is rounding error
    standardised = (values - mean) / np.where(deviation > 0, deviation, 1)
    random = np.random.RandomState(seed % 2**32)
    model = GaussianMixture(min(components, len(values)), random_state=random)
    # several threads would wait for each other where other stages use the cores
    with threadpool_limits(1), warnings.catch_warnings():
        # raised for fewer distinct codes than components, or an early end of the fit; both give a usable mixture
        warnings.simplefilter("ignore", ConvergenceWarning)
        samples, _ = model.fit(standardised).sample(count)
    samples = samples[random.permutation(count)]  # scikit-learn samples component after component
    return torch.from_numpy(mean + deviation * samples).float()
