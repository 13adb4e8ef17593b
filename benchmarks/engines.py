"""The trainings that are compared: the same network, weights, data, batch size, learning rate and optimiser.

An engine is given work and answers with the seconds of every epoch and the trained network. What this engine needs
to set up counts in its first epoch; the peers' clocks start when their first batch is asked for, or, with workers, when
it is there.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from benchmarks import plain
from benchmarks.work import Work
from hourglass import models, training
from hourglass.corruptions import Corruption, Inputs
from hourglass.datasets import idx
from hourglass.images import to_float

FEW = 100  # test images that this engine measures its error on after the last epoch; the peers measure none


@dataclass(frozen=True)
class Outcome:
    """network: images (B, 1, 28, 28) in [0, 1] to their reconstructions, on the CPU."""

    epoch_seconds: list[float]
    network: nn.Module


def this_engine(work: Work) -> Outcome:
    """The project's own loop, timed from outside."""
    model = models.build(work.network, work.seed)
    few = work.test_images[:FEW]
    data = training.TrainingData(work.images, work.corruption, few, Inputs(few, Corruption("none")))
    seconds = []
    start = time.perf_counter()
    for _ in training.run(model, data, work.train, work.loss, work.seed, torch.device("cpu")):
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
    return Outcome(seconds, model)


def sheets(work: Work, workers: int) -> Outcome:
    """The exercise sheets' loop: torchvision's data set, ToTensor for every image, a DataLoader, `loss.item()`."""
    with tempfile.TemporaryDirectory() as folder:
        loader = DataLoader(
            as_torchvision(work.images, Path(folder)),
            batch_size=work.train.batch_size,
            shuffle=True,
            num_workers=workers,
        )
        network, seconds = _started(work), []
        optimizer = _adam(network, work)
        for _ in range(work.train.epochs):
            batches = (images for images, _ in loader)
            # the first batch starts the workers, which would count several times over where a part of an epoch is timed
            first = [next(batches)] if workers else []
            seconds.append(_epoch(network, optimizer, work, chain(first, batches), read_loss=True))
    return Outcome(seconds, network)


def in_memory(work: Work) -> Outcome:
    """Plain torch on a tensor in memory, float32, shuffled by index."""
    network, seconds = _started(work), []
    optimizer = _adam(network, work)
    images = to_float(work.images)
    for _ in range(work.train.epochs):
        seconds.append(_epoch(network, optimizer, work, _shuffled(images, work.train.batch_size)))
    return Outcome(seconds, network)


def _lightning(work: Work) -> Outcome:
    from benchmarks.with_lightning import fit  # noqa: PLC0415  in the benchmark's own environment only

    network = _started(work)
    return Outcome(fit(network, work), network)


def _pythae(work: Work) -> Outcome:
    from benchmarks.with_pythae import fit  # noqa: PLC0415  in the benchmark's own environment only

    network = _started(work)
    return Outcome(fit(network, work), network)


ENGINES: dict[str, Callable[[Work], Outcome]] = {
    "this": this_engine,
    "sheets-0": lambda work: sheets(work, workers=0),
    "sheets-2": lambda work: sheets(work, workers=2),
    "in-memory": in_memory,
    "lightning": _lightning,
    "pythae": _pythae,
}
# as tables and pictures call them
TITLES = {
    "this": "this engine",
    "sheets-0": "sheets' loop",
    "sheets-2": "sheets' loop, 2 workers",
    "in-memory": "in-memory loop",
    "lightning": "Lightning",
    "pythae": "pythae",
}


def tensors(work: Work) -> "TensorDataset":
    """The images, float32 (N, 1, 28, 28) in [0, 1], as torch's own data set in memory."""
    return TensorDataset(to_float(work.images))


def as_torchvision(images: Tensor, folder: Path) -> Dataset[Any]:
    """torchvision's FashionMNIST over uint8 images (N, 28, 28), laid out in `folder` as it wants to find them."""
    from torchvision.datasets import FashionMNIST  # noqa: PLC0415  half a second that only the sheets' loop needs
    from torchvision.transforms import ToTensor  # noqa: PLC0415

    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        idx.write(raw / f"{part}-images-idx3-ubyte", images.numpy())
        idx.write(raw / f"{part}-labels-idx1-ubyte", torch.zeros(len(images), dtype=torch.uint8).numpy())
    return FashionMNIST(folder, train=True, transform=ToTensor())


def _started(work: Work) -> plain.PlainAutoencoder:
    torch.manual_seed(work.seed)
    return plain.build(work.network, work.loss, work.seed, work.pixel).train()


def _adam(network: nn.Module, work: Work) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=work.train.learning_rate, weight_decay=work.train.weight_decay)


def _shuffled(images: Tensor, batch_size: int) -> Iterator[Tensor]:
    for chosen in torch.randperm(len(images)).split(batch_size):
        yield images[chosen]


def _epoch(
    network: plain.PlainAutoencoder,
    optimizer: torch.optim.Optimizer,
    work: Work,
    batches: Iterable[Tensor],
    read_loss: bool = False,
) -> float:
    """Train on batches (B, 1, 28, 28) in [0, 1]; returns the seconds up to the last step."""
    start = end = time.perf_counter()
    total, summed = 0.0, torch.zeros(())
    for targets in batches:
        loss = network.loss(plain.corrupt(targets, work.corruption), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if read_loss:
            total += loss.item() * len(targets)
        else:
            summed += loss.detach() * len(targets)
        end = time.perf_counter()
    return end - start
