"""What a worker does: train one network from where it stands, and measure it. It knows neither Ray nor files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass import evaluation, latent, metrics, models, training
from hourglass.corruptions import TESTED, Corruption, Inputs
from hourglass.corruptions.corrupt import corrupted
from hourglass.corruptions.training_inputs import TrainingInputs
from hourglass.evaluation import EvaluationData
from hourglass.images import Images
from hourglass.models import Model, reconstruct
from hourglass.randomness import generator
from hourglass.records.base import flat
from hourglass.records.sweep import Results
from hourglass.settings.grids import NOISE
from hourglass.settings.stage_configs import TrainConfig
from hourglass.sweep.data import SweepImages
from hourglass.training import EpochRecord, TrainingData

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Order:
    """One training to go on with.

    seed: of the corruption that networks are tested under. strengths: of all corruptions, by key. noise: further
    strengths to measure under. after: see `EpochRecord.state`. weights: of a network that needs no training any more.
    """

    settings: TrainConfig
    seed: int
    strengths: Mapping[str, float]
    noise: tuple[float, ...]
    threads: int
    after: Arrays = field(default_factory=dict)
    weights: Arrays = field(default_factory=dict)


@dataclass(frozen=True)
class Epoch:
    """record: without its state, which is `state`."""

    record: EpochRecord
    state: Arrays


@dataclass(frozen=True)
class Trained:
    weights: Arrays


@dataclass(frozen=True)
class Found:
    """What was measured of the trained network on the test set."""

    results: Results


Step = Epoch | Trained | Found


def work(order: Order, images: SweepImages) -> Iterator[Step]:
    """Every epoch as it ends, then the weights, then what is measured; from the weights on where these are there.

    Raises UserError where the loss is no longer finite.
    """
    torch.set_num_threads(order.threads)
    weights = {name: torch.tensor(array) for name, array in order.weights.items()}
    if not weights:
        device = training.choose("auto")
        model = models.build(order.settings.network, order.settings.seed)
        data, after = _training_data(order, images), {name: torch.tensor(array) for name, array in order.after.items()}
        settings = order.settings
        for record in training.run(model, data, settings.train, settings.loss, settings.seed, device, after):
            yield Epoch(replace(record, state=dict), _arrays(record.state()))
        weights = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
        yield Trained(_arrays(weights))
    torch.set_flush_denormal(False)  # which a training leaves on: a stage that measures has a process of its own
    trained = models.build(order.settings.network)
    trained.load_state_dict(weights)
    yield Found(_measured(trained.eval(), order, images))


def _training_data(order: Order, images: SweepImages) -> TrainingData:
    """As the stages preprocess-noise and train have it."""
    settings = order.settings
    corruption = Corruption(settings.corruption, **settings.strengths)
    test = _inputs(images.test, corruption, order.seed)
    if settings.fresh_noise:
        return TrainingData(images.train.images, corruption, images.test.images, test)
    draw = generator(order.seed, "inputs", "train", corruption.name)
    fixed = corrupted(images.train.images, corruption, draw)
    return TrainingData(images.train.images, fixed, images.test.images, test)


def _inputs(test: Images, corruption: Corruption, seed: int) -> Inputs:
    """Test images under a corruption, as the stage preprocess-noise fixes them."""
    return Inputs(corrupted(test.images, corruption, generator(seed, "inputs", "test", corruption.name)), corruption)


def _measured(model: Model, order: Order, images: SweepImages) -> Results:
    """What the stages evaluate and latent-analysis find, under the same names, and more strengths of noise."""
    settings, train, test = order.settings, images.train, images.test
    inputs = {name: _inputs(test, Corruption.of(name, order.strengths), order.seed) for name in TESTED}
    given = _inputs(test, Corruption(settings.corruption, **settings.strengths), order.seed)
    own = TrainingInputs.of(train, given, order.seed)
    found = evaluation.measure(model, EvaluationData(train, test, inputs, images.classifier), own)
    decoded = latent.decoded(model, train, test, images.classifier, order.seed)
    row: dict[str, float | int | bool] = {**found.metrics, **flat(decoded.model_dump()), "collapsed": found.collapsed}
    for sigma in order.noise:
        noisy = _inputs(test, Corruption(NOISE, sigma=sigma), order.seed).images
        row[f"noisy_sigma_{sigma:g}_psnr"] = _psnr(noisy, test)
        row[f"restored_sigma_{sigma:g}_psnr"] = _psnr(reconstruct(model, noisy), test)
    return row


def _psnr(found: Tensor, test: Images) -> float:
    return metrics.psnr_from_mse(metrics.image_errors(found, test.images).mean().item())


def _arrays(tensors: Mapping[str, Tensor]) -> Arrays:
    return {name: tensor.numpy() for name, tensor in tensors.items()}
