"""Codes drawn at random, to be decoded."""

import warnings

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torch import Tensor

from hourglass.models import Model
from hourglass.randomness import derive, generator

COMPONENTS = 10  # of the mixture: as many as there are classes


def draws(model: Model, codes: Tensor, count: int, seed: int) -> dict[str, Tensor]:
    """Random codes (count, K) for a decoder, by the way they are drawn; codes (N, K): those of training images.

    prior: what training pulls the model's codes towards; of no model that has none. The others: see `fitted`.
    """
    prior = model.prior(count, generator(seed, "prior"))
    return ({} if prior is None else {"prior": prior}) | fitted(model, codes, count, seed)


def fitted(model: Model, codes: Tensor, count: int, seed: int) -> dict[str, Tensor]:
    """Codes (count, K) from distributions that are fitted to codes (N, K), by the kind of distribution.

    gaussian: normal, with the mean and covariance of the codes. mixture: ten of them. uniform: every number by itself,
    anywhere between the smallest and the largest that it takes. Fitted and drawn in the model's coordinates, so that
    whatever is drawn is a code that its encoder could have given: of a softmax code `gaussian` is the logistic-normal
    distribution (Aitchison & Shen 1980), of a ReLU code one in which what falls below 0 counts as 0.
    """
    coordinates = model.coordinates(codes)
    drawn = {
        "gaussian": mixture(coordinates, 1, count, derive(seed, "gaussian")),
        "mixture": mixture(coordinates, COMPONENTS, count, derive(seed, "mixture")),
        "uniform": uniform(coordinates, count, generator(seed, "uniform")),
    }
    return {way: model.from_coordinates(places) for way, places in drawn.items()}


def uniform(codes: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Codes (count, K) whose numbers are independent and uniform over the range that they have in codes (N, K)."""
    low, high = codes.amin(dim=0), codes.amax(dim=0)
    return torch.lerp(low, high, torch.rand(count, codes.shape[1], generator=generator))


def mixture(codes: Tensor, components: int, count: int, seed: int) -> Tensor:
    """Codes (count, K) from normal distributions with full covariances, fitted to codes (N, K) together.

    Fitted to standardised codes, so that the floor under variances (1e-6, which keeps covariances of dead or dependent
    code numbers invertible) means the same for codes of any size; a number that never changes stays what it is.
    """
    values = codes.double().numpy()
    mean, deviation = values.mean(axis=0), values.std(axis=0)
    deviation[np.ptp(values, axis=0) == 0] = 0  # what is left of a constant is rounding
    standardised = (values - mean) / np.where(deviation > 0, deviation, 1)
    random = np.random.RandomState(seed % 2**32)
    fitted = GaussianMixture(min(components, len(values)), random_state=random)
    # one thread: where other work has the cores, several wait for each other most of the time
    with threadpool_limits(1), warnings.catch_warnings():
        # k-means, where the search starts, warns of codes of fewer kinds than components; the search, where it ends
        # early, of a likelihood that still grows by more than a thousandth. Either is a mixture to draw from.
        warnings.simplefilter("ignore", ConvergenceWarning)
        drawn, _ = fitted.fit(standardised).sample(count)
    drawn = drawn[random.permutation(count)]  # it draws component after component
    return torch.from_numpy(mean + deviation * drawn).float()
