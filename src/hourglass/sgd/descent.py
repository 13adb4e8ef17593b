"""Gradient descent with one image a step, some, or all of them.

All three see the images in the same order and take plain steps against the gradient of the mean loss of a batch:
weights ← weights − learning rate · gradient. They differ in the batch, and in the learning rate that suits it.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.images import to_float
from hourglass.losses import LOSSES
from hourglass.models import Autoencoder
from hourglass.models.inference import mean_squared_error
from hourglass.randomness import generator
from hourglass.settings.params import SgdVariants

BATCHES = 200  # from which the agreement of a batch's gradient is estimated
GROWTH = 1.07  # of the updates from one measurement to the next, where it is more than one update


@dataclass(frozen=True)
class Method:
    """One of the three ways. batch_size: images behind one step. passes: over the images, in all."""

    name: str
    batch_size: int
    learning_rate: float
    passes: int


@dataclass(frozen=True)
class Split:
    """What is trained on and what is only measured on: uint8 (N, 28, 28) and (M, 28, 28)."""

    train: Tensor
    test: Tensor


@dataclass(frozen=True)
class Point:
    """The network as it stands after some updates.

    passes: images seen, in units of the subset. train_mse, test_mse: mean squared error per pixel on [0, 1] over the
    whole subset and the whole test set. seconds: of CPU time spent on steps so far, without the measuring; on one
    thread of an idle machine that is what the clock shows, and other programs that want the CPU do not add to it.
    """

    updates: int
    passes: float
    train_mse: float
    test_mse: float
    seconds: float

    @property
    def whole(self) -> bool:
        """Whether a pass ends here, or the first begins."""
        return self.passes.is_integer()


def methods(settings: SgdVariants, count: int) -> list[Method]:
    """The three ways to go through `count` images."""
    rate, passes = settings.learning_rate, settings.passes
    return [
        Method("stochastic", 1, rate.stochastic, passes.stochastic),
        Method("mini-batch", min(settings.batch_size, count), rate.mini_batch, passes.mini_batch),
        Method("full-batch", count, rate.full_batch, passes.full_batch),
    ]


def subset(images: Tensor, count: int, seed: int) -> Tensor:
    """The fixed subset: `count` of the uint8 images (N, 28, 28), drawn without replacement; all where N is smaller."""
    return images[torch.randperm(len(images), generator=generator(seed, "sgd subset"))[:count]]


@contextmanager
def one_thread() -> Iterator[None]:
    """Within the block torch computes on one CPU thread.

    Sharing out steps as small as these costs more than it gains, and the figures then do not depend on how many cores
    the machine has.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def descend(model: Autoencoder, images: Split, method: Method, common: int, loss: str, seed: int) -> Iterator[Point]:
    """Train the model in place, on the CPU, by the name of a loss.

    Yields before the first update, after each of the first `common` passes, after the last one, and in between so
    often that from one point to the next there is one update more, or 7 % more.

    The last batch of a pass is smaller where the sizes do not divide. Raises UserError where the loss is no longer
    finite.
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=method.learning_rate, fused=True)
    shuffling, sampling = generator(seed, "sgd shuffling"), generator(seed, "sgd sampling")
    count, updates, due, seconds = len(images.train), 0, 1, 0.0
    yield _point(model, images, method, updates, 0.0, seconds)
    start = time.thread_time()
    for number in range(method.passes):
        batches = torch.randperm(count, generator=shuffling).split(method.batch_size)
        for position, chosen in enumerate(batches, 1):
            batch = to_float(images.train[chosen])
            optimizer.zero_grad(set_to_none=True)
            value, _ = LOSSES[loss](model, batch, batch, sampling)
            value.backward()
            optimizer.step()
            updates += 1
            last = position == len(batches)
            if updates == due or (last and (number < common or number + 1 == method.passes)):
                due = max(updates + 1, math.floor(updates * GROWTH))
                seconds += time.thread_time() - start
                seen = number + (1.0 if last else position * method.batch_size / count)
                yield _point(model, images, method, updates, seen, seconds)
                start = time.thread_time()


def _point(model: Autoencoder, images: Split, method: Method, updates: int, passes: float, seconds: float) -> Point:
    train_mse = mean_squared_error(model, images.train, images.train)
    test_mse = mean_squared_error(model, images.test, images.test)
    if not math.isfinite(train_mse + test_mse):
        key = f"sgd_variants.learning_rate.{method.name.replace('-', '_')}"
        raise UserError(
            f"{method.name} gradient descent has no finite loss after {updates} updates; "
            f"{key} is {method.learning_rate}, try a smaller one"
        )
    return Point(updates, passes, train_mse, test_mse, seconds)


def gradient_agreement(model: Autoencoder, images: Tensor, batch_size: int, loss: str, seed: int) -> float:
    """How well the gradient of a batch points where the gradient over all uint8 images (N, 28, 28) does.

    Mean cosine of the angle between the two, over the batches of one pass, at most 200 of them: 1 where they agree.
    """
    sampling = generator(seed, "sgd sampling")
    whole = _gradient(model, images, loss, sampling)
    order = torch.randperm(len(images), generator=generator(seed, "sgd gradients"))
    if batch_size >= len(images):
        return 1.0  # the same gradient, but for rounding
    parts = order.split(batch_size)[:BATCHES]
    gradients = (_gradient(model, images[chosen], loss, sampling) for chosen in parts)
    return sum(torch.cosine_similarity(one, whole, dim=0).item() for one in gradients) / len(parts)


def _gradient(model: Autoencoder, images: Tensor, loss: str, sampling: torch.Generator) -> Tensor:
    """Gradient (P,) in float64 of the mean loss of uint8 images (N, 28, 28) after all P parameters."""
    batch = to_float(images)
    value, _ = LOSSES[loss](model, batch, batch, sampling)
    return torch.cat([part.flatten().double() for part in torch.autograd.grad(value, list(model.parameters()))])
