"""Training engines: this project's training loop, and the loops and libraries with which it is compared.

An engine trains the network of a workload. All engines use the same network, initial weights, data, batch size,
learning rate and optimiser. The time of the set-up counts in the first epoch of this project's engine only.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks import plain
from benchmarks.workload import Workload
from hourglass import models, training
from hourglass.corruptions import CorruptedImages, Corruption
from hourglass.images import to_float

FEW = 100  # test images on which this project's loop computes its test error after the last epoch


@dataclass(frozen=True)
class TrainedNetwork:
    """A trained network that maps images (B, 1, 28, 28) in [0, 1] to reconstructions, and the seconds of each epoch."""

    epoch_seconds: list[float]
    network: nn.Module


def hourglass(workload: Workload) -> TrainedNetwork:
    """Train with this project's loop."""
    model = models.build(workload.network, plain.IMAGE, workload.seed)
    few = workload.test_images[:FEW]
    data = training.TrainingData(workload.images, workload.corruption, few, CorruptedImages(few, Corruption("none")))
    seconds, loss, settings, seed = [], workload.loss, workload.loss_settings, workload.seed
    start = time.perf_counter()
    for _ in training.run(model, data, workload.train, loss, seed, torch.device("cpu"), loss_settings=settings):
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
    return TrainedNetwork(seconds, model)


def sheets(workload: Workload, workers: int) -> TrainedNetwork:
    """Train as in the exercise sheets: DataLoader with `workers` processes, ToTensor, and `loss.item()` per step."""
    network, seconds = _network(workload), []
    optimizer = _adam(network, workload)
    with tempfile.TemporaryDirectory() as folder:
        dataset = torchvision_dataset(workload.images, Path(folder))
        loader = DataLoader(dataset, workload.train.batch_size, shuffle=True, num_workers=workers)
        for _ in range(workload.train.epochs):
            batches = (images for images, _ in loader)
            # the first batch starts the workers, whose cost would be scaled up with a part of an epoch
            first = [next(batches)] if workers else []
            seconds.append(_epoch(network, optimizer, workload, chain(first, batches), read_loss=True))
    return TrainedNetwork(seconds, network)


def in_memory(workload: Workload) -> TrainedNetwork:
    """Train with plain torch on a float32 tensor in memory, shuffled by index."""
    network, seconds = _network(workload), []
    optimizer = _adam(network, workload)
    images = to_float(workload.images)
    for _ in range(workload.train.epochs):
        seconds.append(_epoch(network, optimizer, workload, _shuffled(images, workload.train.batch_size)))
    return TrainedNetwork(seconds, network)


def lightning(workload: Workload) -> TrainedNetwork:
    """Train with Lightning's Trainer."""
    from benchmarks.with_lightning import fit  # noqa: PLC0415  installed in the benchmark environment only

    network = _network(workload)
    return TrainedNetwork(fit(network, workload), network)


def pythae(workload: Workload) -> TrainedNetwork:
    """Train with pythae's BaseTrainer."""
    from benchmarks.with_pythae import fit  # noqa: PLC0415  installed in the benchmark environment only

    network = _network(workload)
    return TrainedNetwork(fit(network, workload), network)


ENGINES: dict[str, Callable[[Workload], TrainedNetwork]] = {
    "hourglass": hourglass,
    "sheets-0": lambda workload: sheets(workload, workers=0),
    "sheets-2": lambda workload: sheets(workload, workers=2),
    "in-memory": in_memory,
    "lightning": lightning,
    "pythae": pythae,
}
TITLES = {
    "hourglass": "hourglass",
    "sheets-0": "sheets' loop",
    "sheets-2": "sheets' loop, 2 workers",
    "in-memory": "in-memory loop",
    "lightning": "Lightning",
    "pythae": "pythae",
}


def torchvision_dataset(images: Tensor, folder: Path) -> TensorDataset:
    """Return torchvision's FashionMNIST over uint8 images (N, 1, 28, 28), written to `folder` as IDX files."""
    from torchvision.datasets import FashionMNIST  # noqa: PLC0415  takes half a second
    from torchvision.transforms import ToTensor  # noqa: PLC0415

    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, values in (
        ("images-idx3", images.squeeze(1)),
        ("labels-idx1", torch.zeros(len(images), dtype=torch.uint8)),
    ):
        sizes = b"".join(size.to_bytes(4) for size in values.shape)
        content = bytes([0, 0, 8, values.ndim]) + sizes + values.numpy().tobytes()
        for split in ("train", "t10k"):
            (raw / f"{split}-{name}-ubyte").write_bytes(content)
    return FashionMNIST(folder, train=True, transform=ToTensor())


def _network(workload: Workload) -> plain.PlainAutoencoder:
    torch.manual_seed(workload.seed)
    return plain.build(workload.network, workload.loss, workload.seed, workload.mean_pixel).train()


def _adam(network: nn.Module, workload: Workload) -> torch.optim.Adam:
    train = workload.train
    return torch.optim.Adam(network.parameters(), lr=train.learning_rate, weight_decay=train.weight_decay)


def _shuffled(images: Tensor, batch_size: int) -> Iterator[Tensor]:
    for chosen in torch.randperm(len(images)).split(batch_size):
        yield images[chosen]


def _epoch(
    network: plain.PlainAutoencoder,
    optimizer: torch.optim.Optimizer,
    workload: Workload,
    batches: Iterable[Tensor],
    read_loss: bool = False,
) -> float:
    """Train on batches (B, 1, 28, 28) in [0, 1] and return the seconds up to the last step.

    `read_loss` selects whether `loss.item()` is called in every step, as in the exercise sheets.
    """
    start = end = time.perf_counter()
    total, summed = 0.0, torch.zeros(())
    for targets in batches:
        loss = network.loss(workload.corruption.apply(targets, torch.default_generator), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if read_loss:
            total += loss.item() * len(targets)
        else:
            summed += loss.detach() * len(targets)
        end = time.perf_counter()
    return end - start
