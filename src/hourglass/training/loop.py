"""The training loop: a generator that yields one record an epoch. Whoever consumes it logs, draws or stops."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hourglass.corruptions import Corruption, Inputs
from hourglass.errors import UserError
from hourglass.images import mean_pixel, to_float
from hourglass.losses import LOSSES, Loss
from hourglass.models import Autoencoder, Model, Pca
from hourglass.models.inference import batches, mean_squared_error
from hourglass.randomness import generator
from hourglass.settings.params import TrainSpec
from hourglass.training import cpu, graphs, state

START: Mapping[str, Tensor] = {}
"""The state before the first epoch."""

SAMPLED = "sampled_mse"


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch came to.

    epoch: from 1. train_mse: mean over the epoch's images, as the weights moved, on [0, 1]. train_terms: further terms
    of the loss (a VAE's `reconstruction` and `kl`, nats per image). test_mse: on [0, 1]; None where not measured.
    images_per_second: None where not known. test_terms: as train_terms, measured with test_mse, with weights at rest,
    of test images; and as `sampled_mse` the error of reconstructions from codes that are drawn, as in training.
    state: a copy of all that the next epoch follows from, to be asked for before that begins; see `train`.
    """

    epoch: int
    train_mse: float
    train_terms: dict[str, float]
    test_mse: float | None
    images_per_second: float | None
    test_terms: dict[str, float] = field(default_factory=dict)
    state: Callable[[], dict[str, Tensor]] = field(default=dict, compare=False, repr=False)

    def metrics(self) -> dict[str, float | None]:
        """The record as columns of a history: the same names for every variant, and its own terms."""
        train = {f"train_{name}": value for name, value in self.train_terms.items()}
        measured = (SAMPLED, *self.train_terms) if self.train_terms else ()
        test = {f"test_{name}": self.test_terms.get(name) for name in measured}
        return {"train_mse": self.train_mse, "test_mse": self.test_mse, **train, **test}

    def measured(self) -> dict[str, float]:
        """The columns that have a value."""
        return {name: value for name, value in self.metrics().items() if value is not None}

    def logged(self) -> dict[str, float]:
        """What is put on record: the same, and the speed."""
        speed = {} if self.images_per_second is None else {"images_per_second": self.images_per_second}
        return self.measured() | speed


@dataclass(frozen=True)
class TrainingData:
    """Clean images, and what the model is given in their place.

    images: uint8 (N, 28, 28). inputs: a fixed corrupted copy of them, or a corruption to draw anew for every batch.
    test_images: uint8 (M, 28, 28). test_inputs: their fixed corrupted copies.
    """

    images: Tensor
    inputs: Tensor | Corruption
    test_images: Tensor
    test_inputs: Inputs

    def to(self, device: torch.device) -> "TrainingData":
        """The same on a device, so that no batch has to travel."""
        inputs = self.inputs.to(device) if isinstance(self.inputs, Tensor) else self.inputs
        test_inputs = Inputs(self.test_inputs.images.to(device), self.test_inputs.corruption)
        return TrainingData(self.images.to(device), inputs, self.test_images.to(device), test_inputs)


def fit_pca(model: Pca, data: TrainingData) -> Iterator[EpochRecord]:
    """PCA is trained in closed form: one record."""
    start = time.perf_counter()
    model.fit(data.images)
    seconds = time.perf_counter() - start
    train_mse = mean_squared_error(model, data.images, data.images)
    test_mse = mean_squared_error(model, data.test_inputs.images, data.test_images)
    yield EpochRecord(1, train_mse, {}, test_mse, len(data.images) / seconds)


def train(
    model: Autoencoder,
    data: TrainingData,
    spec: TrainSpec,
    loss: str,
    seed: int,
    device: torch.device,
    after: Mapping[str, Tensor] = START,
) -> Iterator[EpochRecord]:
    """Train with Adam, by the name of a loss; yields after every epoch, the model then being in evaluation mode.

    Batches are drawn without replacement, the last one of an epoch smaller where the sizes do not divide.
    after: the `state` of an epoch's record, to go on from there: all that follows is as it would have been.
    Raises UserError where the loss is no longer finite. Leaves the process as `cpu.prepare` sets it.
    """
    cpu.prepare()
    data, minimised = data.to(device), LOSSES[loss]
    model.initialise_output(mean_pixel(data.images))
    model.to(device)
    optimizer = torch.optim.Adam(
        model.parameters(),
        lr=spec.learning_rate,
        weight_decay=spec.weight_decay,
        fused=True,
        capturable=device.type == "cuda",
    )
    shuffling = generator(seed, "shuffling")
    noise = generator(seed, "noise", device=device)
    sampling = generator(seed, "sampling", device=device)
    moving = state.TrainingState(model, optimizer, {"shuffling": shuffling, "noise": noise, "sampling": sampling})
    moving.restore(after)
    half = torch.autocast(device.type, torch.bfloat16, spec.precision == "bfloat16", cache_enabled=False)
    totals: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device, dtype=torch.float64))

    def step(chosen: Tensor) -> None:
        targets = to_float(data.images.index_select(0, chosen))
        if isinstance(data.inputs, Tensor):
            inputs = to_float(data.inputs.index_select(0, chosen))
        else:
            inputs = data.inputs.apply(targets, noise)
        optimizer.zero_grad(set_to_none=True)
        with half:
            value, terms = minimised(model, inputs, targets, sampling)
        value.backward()
        optimizer.step()
        for name, term in terms.items():
            totals[name] += term * len(chosen)  # read once an epoch: a read per step would stall a GPU

    take = graphs.CUDAGraphStep(step, graphs.recorder(noise, sampling)) if device.type == "cuda" else step
    for epoch in range(moving.epoch + 1, spec.epochs + 1):
        start = time.perf_counter()
        model.train()
        for chosen in torch.randperm(len(data.images), generator=shuffling).to(device).split(spec.batch_size):
            take(chosen)
        means = {name: total.item() / len(data.images) for name, total in totals.items()}
        speed = len(data.images) / (time.perf_counter() - start)
        for total in totals.values():
            total.zero_()
        model.eval()
        due = epoch % spec.test_every == 0 or epoch == spec.epochs
        test_mse = mean_squared_error(model, data.test_inputs.images, data.test_images) if due else None
        test_terms = _test_terms(model, data, minimised, seed) if due and len(means) > 1 else {}
        if not all(map(math.isfinite, [*means.values(), test_mse or 0.0])):
            raise UserError(f"the loss is no longer finite in epoch {epoch}; try a smaller learning rate")
        moving.epoch = epoch
        yield EpochRecord(epoch, means.pop("mse"), means, test_mse, speed, test_terms, moving.tensors)


@torch.inference_mode()
def _test_terms(model: Autoencoder, data: TrainingData, minimised: Loss, seed: int) -> dict[str, float]:
    """The loss's terms over the test images, codes drawn alike after every epoch."""
    device, totals = data.test_images.device, defaultdict[str, float](float)
    sampling = generator(seed, "test sampling", device=device)
    parts = zip(batches(data.test_inputs.images, device), batches(data.test_images, device), strict=True)
    for inputs, targets in parts:
        _, terms = minimised(model, inputs, targets, sampling)
        for name, term in terms.items():
            totals[name] += term.item() * len(targets) / len(data.test_images)
    return {SAMPLED: totals.pop("mse"), **totals}


def run(
    model: Model,
    data: TrainingData,
    spec: TrainSpec | None,
    loss: str,
    seed: int,
    device: torch.device,
    after: Mapping[str, Tensor] = START,
) -> Iterator[EpochRecord]:
    """Train any model: with Adam as `train` says, or, for PCA, in closed form on the CPU."""
    if isinstance(model, Pca):
        return fit_pca(model, data)
    assert spec is not None  # params.Variant sees to it
    assert isinstance(model, Autoencoder)
    return train(model, data, spec, loss, seed, device, after)
