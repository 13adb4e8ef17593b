"""Gradient descent with one, some or all images per update.

All methods use the images in the same order and the plain update rule, weights ← weights − learning rate · gradient,
with the gradient of the mean loss of the batch. They differ in batch size, learning rate and number of passes.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.images import to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.inference import mean_squared_error
from hourglass.randomness import generator
from hourglass.settings.params import LearningRates, SgdVariants

MAX_BATCHES = 200  # batches from which the agreement of gradients is estimated
GROWTH = 1.07  # ratio of the updates before two successive measurements


@dataclass(frozen=True)
class Method:
    """Settings of a gradient descent method. `passes` is the total number of passes over the images."""

    name: str
    batch_size: int
    learning_rate: float
    passes: int


@dataclass(frozen=True)
class Split:
    """Training images (N, C, H, W) and test images (M, C, H, W), both uint8."""

    train: Tensor
    test: Tensor


@dataclass(frozen=True)
class Point:
    """Measurement of the MSE on the training subset and on the test set, for pixels in [0, 1].

    `updates` is the number of updates so far, and `passes` the number of passes over the training subset, which can be
    fractional. `seconds` is the CPU time of the updates, excluding measurements.
    """

    updates: int
    passes: float
    train_mse: float
    test_mse: float
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether the measurement was made at the end of a pass or before the first update."""
        return self.passes.is_integer()


def methods(settings: SgdVariants[LearningRates], count: int) -> list[Method]:
    """Return the settings of stochastic, mini-batch and full-batch gradient descent for `count` training images."""
    rate, passes = settings.learning_rate, settings.passes
    return [
        Method("stochastic", 1, rate.stochastic, passes.stochastic),
        Method("mini-batch", min(settings.batch_size, count), rate.mini_batch, passes.mini_batch),
        Method("full-batch", count, rate.full_batch, passes.full_batch),
    ]


def subset(images: Tensor, count: int, seed: int) -> Tensor:
    """Draw `count` of the images (N, C, H, W) at random without replacement, or all images if there are fewer."""
    return images[torch.randperm(len(images), generator=generator(seed, "sgd subset"))[:count]]


def descend(model: Autoencoder, images: Split, method: Method, common: int, loss: str, seed: int) -> Iterator[Point]:
    """Train a model in place on the CPU, and yield measurements during training.

    Measurements are made before the first update, after each of the first `common` passes, after the last pass, and
    whenever the number of updates has grown by about 7 % since the previous measurement.

    Args:
        model: network with its initial weights.
        images: training and test images.
        method: batch size, learning rate and number of passes. The last batch of a pass may be smaller.
        common: number of passes that all methods complete.
        loss: name of the loss.
        seed: random seed of the image order and of sampled codes.

    Raises:
        UserError: if a measured MSE is not finite.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=method.learning_rate, fused=True)
    shuffling, sampling = generator(seed, "sgd shuffling"), generator(seed, "sgd sampling")
    count, updates, due, seconds = len(images.train), 0, 1, 0.0
    yield _measure(model, images, method, updates, 0.0, seconds)
    start = time.thread_time()
    for number in range(method.passes):
        batches = torch.randperm(count, generator=shuffling).split(method.batch_size)
        for position, indices in enumerate(batches, 1):
            batch = to_float(images.train[indices])
            optimizer.zero_grad(set_to_none=True)
            value, _ = LOSSES[loss](model, batch, batch, sampling)
            value.backward()
            optimizer.step()
            updates += 1
            last = position == len(batches)
            if updates == due or (last and (number < common or number + 1 == method.passes)):
                due = max(updates + 1, math.floor(updates * GROWTH))
                seconds += time.thread_time() - start
                passes = number + (1.0 if last else position * method.batch_size / count)
                yield _measure(model, images, method, updates, passes, seconds)
                start = time.thread_time()


def _measure(model: Autoencoder, images: Split, method: Method, updates: int, passes: float, seconds: float) -> Point:
    train_mse, test_mse = (mean_squared_error(model, part, part) for part in (images.train, images.test))
    if not math.isfinite(train_mse + test_mse):
        raise UserError(
            f"the loss of {method.name} gradient descent is not finite after {updates} updates; its learning rate in "
            f"sgd_variants is {method.learning_rate}, try a smaller value"
        )
    return Point(updates, passes, train_mse, test_mse, seconds)


def gradient_agreement(model: Autoencoder, images: Tensor, batch_size: int, loss: str, seed: int) -> float:
    """Return the mean cosine similarity of up to 200 batch gradients to the gradient over all images.

    The images are uint8 (N, C, H, W), `loss` is the name of a loss, and `seed` determines the batches and the sampled
    codes. The result is 1 if a batch contains all images.
    """
    if batch_size >= len(images):
        return 1.0  # the same gradient, up to rounding
    sampling = generator(seed, "sgd sampling")
    full = _gradient(model, images, loss, sampling)
    batches = torch.randperm(len(images), generator=generator(seed, "sgd gradients")).split(batch_size)[:MAX_BATCHES]
    gradients = (_gradient(model, images[indices], loss, sampling) for indices in batches)
    return sum(torch.cosine_similarity(one, full, dim=0).item() for one in gradients) / len(batches)


def _gradient(model: Autoencoder, images: Tensor, loss: str, sampling: torch.Generator) -> Tensor:
    """Return the gradient of the mean loss as a float64 vector (P,), with one entry per model parameter."""
    batch = to_float(images)
    value, _ = LOSSES[loss](model, batch, batch, sampling)
    return torch.cat([part.flatten().double() for part in torch.autograd.grad(value, list(model.parameters()))])
