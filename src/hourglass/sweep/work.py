"""What a worker does: train one network from where it stands, and measure it. It knows neither Ray nor files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass import evaluation, models, training
from hourglass.data import TESTED, Corruption, Images, Inputs
from hourglass.data.corrupted import corrupted
from hourglass.data.own import OwnInputs
from hourglass.evaluation import Measured, Testbed
from hourglass.models import Model, reconstruct
from hourglass.randomness import generator
from hourglass.records.sweep import Results
from hourglass.settings.grids import NOISE
from hourglass.settings.stages import Training
from hourglass.sweep.data import SweepImages
from hourglass.training import EpochRecord, TrainingData

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Order:
    """One training to go on with.

    seed: of the corruption that networks are tested under. strengths: of all corruptions, by key. noise: further
    strengths to measure under. after: see `EpochRecord.state`. weights: of a network that needs no training any more.
    """

    settings: Training
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
    inputs = {name: _inputs(images.test, Corruption.of(name, order.strengths), order.seed) for name in TESTED}
    settings = order.settings
    given = _inputs(images.test, Corruption(settings.corruption, **settings.strengths), order.seed)
    own = OwnInputs.of(images.train, given, order.seed)
    found = evaluation.measure(model, Testbed(images.train, images.test, inputs, images.judge), own)
    row = _row(found)
    for sigma in order.noise:
        noisy = _inputs(images.test, Corruption(NOISE, sigma=sigma), order.seed).images
        row[f"noisy_sigma_{sigma:g}_psnr"] = _psnr(noisy, images.test)
        row[f"restored_sigma_{sigma:g}_psnr"] = _psnr(reconstruct(model, noisy), images.test)
    return row


def _psnr(found: Tensor, test: Images) -> float:
    return evaluation.psnr(evaluation.image_errors(found, test.images).mean().item())


def _row(found: Measured) -> dict[str, float | int | bool]:
    """The figures of `hourglass.records.Evaluation`, each in a column of its own."""
    return {
        **found.clean,
        **{
            f"restored_{corruption}_{name}": score
            for corruption, scores in found.restored.items()
            for name, score in scores.items()
            if name != "mse"  # which the PSNR says
        },
        **found.code.model_dump(exclude={"size", "by_number"}),
        **found.cost.model_dump(),
        "collapsed": found.collapsed,
    }


def _arrays(tensors: Mapping[str, Tensor]) -> Arrays:
    return {name: tensor.numpy() for name, tensor in tensors.items()}
