"""Training loop as a generator that yields one record per epoch, so that the caller can log, plot or stop."""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from hourglass.errors import UserError
from hourglass.images import mean_pixel, to_float
from hourglass.losses import LOSSES
from hourglass.losses.base import LossFunction
from hourglass.models import Autoencoder, Model, Pca, VariationalAutoencoder
from hourglass.models.inference import batches, mean_squared_error
from hourglass.randomness import derive, generator
from hourglass.schema import Value
from hourglass.settings.variant import TrainSpec
from hourglass.training.cuda_graph import CUDAGraphStep, capture_with
from hourglass.training.data import TrainingData
from hourglass.training.device import prepare_cpu
from hourglass.training.optimizer import Schedules, build_optimizer
from hourglass.training.state import BestEpoch, TrainingState

State = Mapping[str, Tensor]
NO_SETTINGS: Mapping[str, Value] = {}
START: State = {}
"""Empty training state, with which a run starts at the first epoch."""

SAMPLED = "sampled_mse"


@dataclass(frozen=True)
class EpochRecord:
    """Metrics of one epoch. Epochs are counted from 1.

    Errors are mean squared errors per pixel, with pixels in [0, 1]. `test_mse` is None if the model is not tested after
    the epoch, and `validation_mse` is None without a validation set. `train_terms` and `test_terms` hold other terms of
    the loss, for a VAE `reconstruction` and `kl` in nats per image. For a VAE, `test_terms` also holds `sampled_mse`,
    the error of reconstructions from sampled codes. With early stopping, `kept_epoch` is the epoch with the lowest
    validation error so far, whose weights the model gets if training ends now. `state` returns a copy of the training
    state and must be called before the next epoch starts.
    """

    epoch: int
    train_mse: float  # mean over the epoch's images, while the weights change
    train_terms: dict[str, float]
    test_mse: float | None
    images_per_second: float | None
    test_terms: dict[str, float] = field(default_factory=dict)
    validation_mse: float | None = None
    kept_epoch: int | None = None
    state: Callable[[], State] = field(default=dict, compare=False, repr=False)

    def metrics(self) -> dict[str, float | None]:
        """Return the metrics, keyed by name. All epochs of a run have the same keys; unmeasured metrics are None."""
        train = {f"train_{name}": value for name, value in self.train_terms.items()}
        names = (SAMPLED, *self.train_terms) if "kl" in self.train_terms else self.train_terms
        test = {f"test_{name}": self.test_terms.get(name) for name in names}
        validation = {} if self.validation_mse is None else {"validation_mse": self.validation_mse}
        return {"train_mse": self.train_mse, "test_mse": self.test_mse, **train, **test, **validation}

    def logged(self) -> dict[str, float]:
        """Return all measured metrics, including `images_per_second` and `kept_epoch`, keyed by name."""
        metrics = self.metrics() | {"images_per_second": self.images_per_second}
        kept = {} if self.kept_epoch is None else {"kept_epoch": self.kept_epoch}
        return {name: value for name, value in metrics.items() if value is not None} | kept


def run(
    model: Model,
    data: TrainingData,
    spec: TrainSpec | None,
    loss: str,
    seed: int,
    device: torch.device,
    state: State = START,
    pretrained: bool = False,
    loss_settings: Mapping[str, Value] = NO_SETTINGS,
) -> Iterator[EpochRecord]:
    """Train a network and yield a record after each epoch, or fit PCA on the CPU and yield one record.

    The model is in evaluation mode whenever a record is yielded. Batches are drawn without replacement, and the last
    batch of an epoch may be smaller. With `spec.patience`, training may stop early, and after the last record,
    the model gets the weights of the epoch with the lowest validation error.

    Args:
        model: network or PCA model. A network is moved to the device.
        data: training and test images for the model.
        spec: training settings, such as the number of epochs and the learning rate, or None for PCA.
        loss: name of the loss.
        seed: seed of shuffling, corruption, sampled codes, dropout and the choice of validation images.
        device: CPU or CUDA GPU.
        state: training state to resume from (see `EpochRecord.state`). A resumed run gives the same results as an
            uninterrupted run.
        pretrained: whether the network has pretrained weights. If false, its last bias is set for outputs close to the
            mean training pixel.
        loss_settings: keyword arguments of the loss. Omitted settings have their defaults.

    Raises:
        UserError: if the loss is not finite.
    """
    if isinstance(model, Pca):
        yield _fit_pca(model, data)
        return
    assert spec is not None  # validated with the settings
    assert isinstance(model, Autoencoder)
    prepare_cpu()
    data = data.hold_out(spec.held_out(len(data.images)), seed).to(device)
    if not pretrained:
        model.initialise_output(mean_pixel(data.images))
    model.to(device)
    current, objective = _start(model, spec, seed, device, state), partial(LOSSES[loss].function, **loss_settings)
    shuffling, noise, sampling = current.generators.values()
    autocast = torch.autocast(device.type, torch.bfloat16, spec.precision == "bfloat16", cache_enabled=False)
    totals: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device, dtype=torch.float64))

    def step(batch: Tensor) -> None:
        targets = to_float(data.images.index_select(0, batch))
        if isinstance(data.inputs, Tensor):
            inputs = to_float(data.inputs.index_select(0, batch))
        else:
            inputs = data.inputs.apply(targets, noise)
        current.optimizer.zero_grad(set_to_none=True)
        with autocast:
            value, terms = objective(model, inputs, targets, sampling)
        value.backward()
        current.optimizer.step()
        for name, term in terms.items():
            totals[name] += term * len(batch)  # read once per epoch, as each read makes the CPU wait for a GPU

    schedules = Schedules(model, current.optimizer, spec, len(_split(torch.empty(len(data.images)), spec, model)))
    # a graph would replay the first learning rate
    take_step = (
        CUDAGraphStep(step, capture_with(noise, sampling)) if device.type == "cuda" and not spec.changing else step
    )
    for epoch in range(current.epoch + 1, spec.epochs + 1):
        if current.should_stop(spec.patience):
            break
        start = time.perf_counter()
        model.train()
        order = torch.randperm(len(data.images), generator=shuffling).to(device)
        with _dropout(model, seed, epoch):
            for number, batch in enumerate(_split(order, spec, model)):
                schedules.apply(epoch, number)
                take_step(batch)
        means = {name: total.item() / len(data.images) for name, total in totals.items()}
        speed = len(data.images) / (time.perf_counter() - start)
        for total in totals.values():
            total.zero_()
        model.eval()
        tested = epoch % spec.test_every == 0 or epoch == spec.epochs or current.best is not None
        test_mse, test_terms = _test(model, data, objective, seed, len(means) > 1) if tested else (None, {})
        validation_mse = mean_squared_error(model, *data.validation) if data.validation else None
        if not all(map(math.isfinite, [*means.values(), test_mse or 0.0, validation_mse or 0.0])):
            raise UserError(f"loss is not finite in epoch {epoch}; reduce train.learning_rate")
        # during the warm-up, the loss is another one, which favours reconstructions
        kept = current.finish_epoch(epoch, None if epoch < spec.kl_warm_up else validation_mse)
        train_mse = means.pop("mse")
        yield EpochRecord(
            epoch, train_mse, means, test_mse, speed, test_terms, validation_mse, kept, state=current.tensors
        )
    if current.best is not None:
        model.load_state_dict(current.best.weights)


def _start(model: Autoencoder, spec: TrainSpec, seed: int, device: torch.device, state: State) -> TrainingState:
    """Create the training state, restored from `state` if an interrupted run is resumed."""
    generators = {
        "shuffling": generator(seed, "shuffling"),
        "noise": generator(seed, "noise", device=device),
        "sampling": generator(seed, "sampling", device=device),
    }
    current = TrainingState(model, build_optimizer(model, spec, device), generators)
    current.best = BestEpoch() if spec.patience else None
    current.restore(state)
    return current


def _split(order: Tensor, spec: TrainSpec, model: Autoencoder) -> list[Tensor]:
    """Split image indices (N,) into batches. With batch normalisation, no batch has a single image."""
    batches = [*order.split(spec.batch_size)]
    if model.spec.batch_norm and len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    return batches


@contextmanager
def _dropout(model: Autoencoder, seed: int, epoch: int) -> Iterator[None]:
    """Seed torch's global generator, which `nn.Dropout` uses, for one epoch, and restore its state afterwards."""
    device = next(model.parameters()).device
    with torch.random.fork_rng([device] if device.type == "cuda" else [], enabled=model.spec.dropout > 0):
        if model.spec.dropout:
            torch.manual_seed(derive(seed, "dropout", epoch))
        yield


def _fit_pca(model: Pca, data: TrainingData) -> EpochRecord:
    start = time.perf_counter()
    model.fit(data.images)
    seconds = time.perf_counter() - start
    train_mse = mean_squared_error(model, data.images, data.images)
    test_mse = mean_squared_error(model, data.test_inputs.images, data.test_images)
    return EpochRecord(1, train_mse, {}, test_mse, len(data.images) / seconds)


def _test(
    model: Autoencoder, data: TrainingData, objective: LossFunction, seed: int, terms: bool
) -> tuple[float, dict[str, float]]:
    """Return the MSE on the test images and, if `terms` is true, the mean of each loss term, keyed by term."""
    error = mean_squared_error(model, data.test_inputs.images, data.test_images)
    return error, _test_terms(model, data, objective, seed) if terms else {}


@torch.inference_mode()
def _test_terms(model: Autoencoder, data: TrainingData, objective: LossFunction, seed: int) -> dict[str, float]:
    """Return the mean of each loss term except `mse` over the test images, keyed by term.

    For a VAE, the MSE of reconstructions from sampled codes is added as `sampled_mse`. All epochs use the same random
    numbers.
    """
    device, totals = data.test_images.device, defaultdict[str, float](float)
    sampling = generator(seed, "test sampling", device=device)
    for inputs, targets in zip(
        batches(data.test_inputs.images, device), batches(data.test_images, device), strict=True
    ):
        _, terms = objective(model, inputs, targets, sampling)
        for name, term in terms.items():
            totals[name] += term.item() * len(targets) / len(data.test_images)
    error = totals.pop("mse")
    return {SAMPLED: error, **totals} if isinstance(model, VariationalAutoencoder) else totals
